"""A binding that asks late may ask at all."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.tls.issuers import setting

NAME = "DisableRenegoOnServer"


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the setting that forbids renegotiation, beside a binding that does not ask in the handshake."""
    binding = serving(server, *server_endpoint(farm, server))
    server.need("schannel-setting")
    held = setting(server, NAME)
    if binding is None or held is None or not held.value.number:
        return
    value = binding.value
    if value.HasField("negotiate_client_certificate") and not value.negotiate_client_certificate:
        yield Holds(
            subject=binding.key,
            servers=(server.name,),
            title=f"{server.name}: {binding.key} would ask for a certificate by renegotiation, which {NAME} forbids",
            evidence=(binding, held),
            remedy=rebind(binding, negotiate_client_certificate=True),
        )


RULE = Rule(
    code="tls.renegotiation-disabled",
    catalogue=("TLS-09",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "schannel-setting", "adfs-properties"),
    what="Schannel's DisableRenegoOnServer is set, and the certificate binding does not ask in the handshake.",
    why="With TLS 1.2 the server can then ask by renegotiation only, and that is switched off: nobody is asked.",
    remedy="Turn negotiation on for the binding.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="Windows TLS registry settings; that nobody is asked then is belief",
    explains=("client.certificate-not-asked",),
    on_server=check,
)
