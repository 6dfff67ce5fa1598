"""With TLS 1.3 a certificate is asked for in the handshake or not at all."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.tls.issuers import build, off

BUILD_2022 = 20348  # TLS 1.3 is on from here


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for a binding that would ask late, where TLS 1.3 is spoken."""
    binding = serving(server, *server_endpoint(farm, server))
    server.need("host")
    server.need("schannel-setting")
    if binding is None or build(server) < BUILD_2022 or off(server, "TLS 1.3", "Server"):
        return
    value = binding.value
    asks = not value.HasField("negotiate_client_certificate") or value.negotiate_client_certificate
    if asks or value.disable_tls13:
        return
    yield Holds(
        subject=binding.key,
        servers=(server.name,),
        title=f"{server.name}: {binding.key} would ask for a certificate after the handshake, which TLS 1.3 refuses",
        evidence=(binding, *server.need("host")),
        remedy=rebind(binding, negotiate_client_certificate=True),
    )


RULE = Rule(
    code="tls.renegotiation-refused",
    catalogue=("TLS-08",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "host", "schannel-setting", "adfs-properties"),
    what="TLS 1.3 is on and the certificate binding does not negotiate in the handshake.",
    why="Asking later is a reset on Server 2022 and HTTP 500 (0x80070032) on 2025.",
    remedy="Turn negotiation on for the binding, or TLS 1.3 off for it.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="Hamrick, client certificates and TLS 1.3 (2025)",
    explains=("client.endpoint-refuses",),
    on_server=check,
)
