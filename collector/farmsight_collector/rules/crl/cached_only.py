"""The binding for client certificates uses cached revocation data only."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield when the binding that asks for users' certificates never goes to the wire."""
    binding = serving(server, *server_endpoint(farm, server))
    if binding is None:
        return
    if not binding.value.HasField("cached_revocation_only"):
        yield CannotTell(server=server.name, subject=binding.key, reason="the source does not show the flag")
    elif binding.value.cached_revocation_only:
        yield Holds(
            subject=binding.key,
            servers=(server.name,),
            title=f"Revocation is checked from the cache only on {binding.key}",
            evidence=(binding,),
            remedy=rebind(binding, negotiate_client_certificate=True, cached_revocation_only=False),
        )


RULE = Rule(
    code="crl.cached-only",
    catalogue=("CRL-30",),
    severity=Severity.ERROR,
    roles=ADFS | {"wap"},
    reads=("tls-binding", "adfs-properties"),
    what="The http.sys binding for client certificates checks revocation with cached data only.",
    why=(
        "As soon as the cache is empty or its CRL expires nothing fetches a new one, and every certificate is refused."
    ),
    remedy="Delete the binding and add it again without the flag.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="netsh http add sslcert, verifyrevocationwithcachedclientcertonly",
    on_server=check,
)
