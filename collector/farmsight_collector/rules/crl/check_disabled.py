"""The binding for client certificates does not check revocation."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity


def check(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield when the binding that asks for users' certificates has the check switched off."""
    binding = serving(server, *server_endpoint(farm, server))
    if binding is None or not binding.value.HasField("verify_client_revocation"):
        return
    if not binding.value.verify_client_revocation:
        yield Holds(
            subject=binding.key,
            servers=(server.name,),
            title=f"Revocation of client certificates is not checked on {binding.key}",
            evidence=(binding,),
            remedy=rebind(binding, negotiate_client_certificate=True, verify_client_revocation=True),
        )


RULE = Rule(
    code="crl.check-disabled",
    catalogue=("CRL-29",),
    severity=Severity.WARNING,
    roles=ADFS | {"wap"},
    reads=("tls-binding", "adfs-properties"),
    what="The http.sys binding for client certificates has revocation checking switched off.",
    why=(
        "Revoked certificates still sign in through this server; often it is a work-around for a CRL "
        "fault that was forgotten."
    ),
    remedy="Mend what made the check fail, then add the binding again with the check on.",
    check="Mend what made the check fail first; keep the output of netsh http show sslcert.",
    undo="Delete the binding and add it with the values that were kept.",
    source="Microsoft Japan support on AD FS certificate authentication; netsh http add sslcert",
    on_server=check,
)
