"""Classic mode needs a TLS binding on the certificate port."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import by_address, by_name, classic_port, service_name
from farmsight_collector.model.mode import Mode, need_mode, server_mode
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import bind, set_certificate, thumbprint_for
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for a binding by name or by any address; another mode on this server is another finding."""
    mode = need_mode(farm)
    if mode.mode is not Mode.CLASSIC:
        return
    port = classic_port(farm)
    if by_address(server, port) or server_mode(farm, server).mode is Mode.ALTERNATE:
        return
    name = service_name(farm)
    if by_name(server, name, port):
        return
    plain = by_name(server, name, 443)
    thumbprint = thumbprint_for(plain)
    yield Holds(
        subject=f"{name}:{port}",
        servers=(server.name,),
        title=f"{server.name} has no TLS binding for {name}:{port}",
        evidence=((plain,) if plain else ()) + mode.evidence,
        remedy=set_certificate(server, thumbprint) + bind(server.name, name, port, thumbprint),
    )


RULE = Rule(
    code="http.binding-missing",
    catalogue=("HTTP-07",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "adfs-properties"),
    what="http.sys has no certificate bound to the port that asks for client certificates.",
    why="The TLS handshake on that port is reset; certificate sign-in through this server fails.",
    remedy="Set the SSL certificate again by the role's own cmdlet, or add the binding with netsh.",
    check="Is the certificate, with its private key, in the machine's MY store? Is the mode 49443 meant?",
    undo="netsh http delete sslcert of this binding.",
    source="adfsToolbox TestSslBindings; Manage SSL certificates in AD FS and WAP",
    explains=("client.port-unreachable", "client.endpoint-refuses", "client.certificate-not-asked",
              "lb.node-differs"),
    on_server=check,
)  # fmt: skip
