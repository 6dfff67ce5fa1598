"""Alternate mode needs a TLS binding for the certauth host."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import by_name, certauth_name, service_name
from farmsight_collector.model.mode import Mode, need_mode, server_mode
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import alternate, set_certificate, thumbprint_for
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the binding by name: only that one can ask for a certificate on 443 and leave the rest alone."""
    mode = need_mode(farm)
    if mode.mode is not Mode.ALTERNATE:
        return
    name = certauth_name(farm)
    if by_name(server, name, 443) or server_mode(farm, server).mode is Mode.CLASSIC:
        return
    plain = by_name(server, service_name(farm), 443)
    thumbprint = thumbprint_for(plain)
    yield Holds(
        subject=f"{name}:443",
        servers=(server.name,),
        title=f"{server.name} has no TLS binding for {name}:443",
        evidence=((plain,) if plain else ()) + mode.evidence,
        remedy=alternate(server, thumbprint) if server.role == "adfs" else set_certificate(server, thumbprint),
    )


RULE = Rule(
    code="http.certauth-binding-missing",
    catalogue=("HTTP-08",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "adfs-properties"),
    what="The farm asks for certificates on certauth.NAME:443, and this server has no binding for it.",
    why="Sign-in by certificate goes to that host and is reset, or meets the certificate and settings of another.",
    remedy="AD FS: Set-AdfsAlternateTlsClientBinding; WAP: Set-WebApplicationProxySslCertificate.",
    check="Does the certificate hold certauth.NAME, and is it with its key in the MY store?",
    undo="netsh http delete sslcert of this binding.",
    source="AD FS support for alternate hostname binding for certificate authentication",
    explains=("client.port-unreachable", "client.endpoint-refuses", "client.certificate-not-asked",
              "lb.node-differs"),
    on_server=check,
)  # fmt: skip
