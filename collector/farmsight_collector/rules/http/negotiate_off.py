"""The certificate port must ask for the certificate in the handshake."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at "negotiate client certificate" of the binding that serves the certificate port."""
    binding = serving(server, *server_endpoint(farm, server))
    if binding is None:
        return
    if not binding.value.HasField("negotiate_client_certificate"):
        yield CannotTell(server=server.name, subject=binding.key, reason="the source does not show the flag")
    elif not binding.value.negotiate_client_certificate:
        yield Holds(
            subject=binding.key,
            servers=(server.name,),
            title=f"{server.name}: {binding.key} does not ask for a client certificate",
            evidence=(binding,),
            catalogue=RULE.catalogue if _speaks_http2(binding) else RULE.catalogue[:1],
            remedy=rebind(binding, negotiate_client_certificate=True),
        )


def _speaks_http2(binding: Held) -> bool:
    return bool(binding.value.HasField("disable_http2") and not binding.value.disable_http2)


RULE = Rule(
    code="http.negotiate-off",
    catalogue=("HTTP-16", "TLS-13"),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "adfs-properties"),
    what='"Negotiate client certificate" is off on the binding for user certificates.',
    why="The server asks too late: clients with TLS 1.3 or HTTP/2 fail, others must renegotiate.",
    remedy="Delete the binding and add it with clientcertnegotiation=enable.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="Microsoft Japan support on the default binding; Hamrick, client certificates and TLS 1.3 (2025)",
    explains=("client.certificate-not-asked", "tls.renegotiation-refused", "client.endpoint-refuses",
              "lb.node-differs"),
    on_server=check,
)  # fmt: skip
