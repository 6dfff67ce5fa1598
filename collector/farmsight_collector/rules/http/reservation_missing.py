"""Classic mode needs a URL reservation for AD FS on the certificate port."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import classic_port
from farmsight_collector.model.mode import Mode, need_mode, server_mode
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import reserve
from farmsight_collector.rules.http.reservations import for_adfs
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for /adfs/ on the port in every host form: +, * and the service's name."""
    mode = need_mode(farm)
    if mode.mode is not Mode.CLASSIC or server_mode(farm, server).mode is Mode.ALTERNATE:
        return
    port = classic_port(farm)
    if any(r.path == "/adfs/" for r in for_adfs(farm, server, port)):
        return
    url = f"https://+:{port}/adfs/"
    yield Holds(
        subject=url,
        servers=(server.name,),
        title=f"{server.name} has no URL reservation for AD FS on port {port}",
        evidence=tuple(r.held for r in for_adfs(farm, server, 443)) + mode.evidence,
        remedy=reserve(server.name, url, before=None),
    )


RULE = Rule(
    code="http.reservation-missing",
    catalogue=("HTTP-01",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("url-reservation", "tls-binding", "adfs-properties"),
    what="http.sys holds no reservation for /adfs/ on the port that asks for client certificates.",
    why="Without it the AD FS service may not open the port, and the certificate endpoints do not exist there.",
    remedy="Add the reservation for the AD FS service's SID and restart the service.",
    check="netsh http show urlacl: is it there under another host name?",
    undo="netsh http delete urlacl of this URL.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 6",
    explains=("http.nothing-listens", "client.port-unreachable", "client.endpoint-refuses", "lb.node-differs"),
    on_server=check,
)
