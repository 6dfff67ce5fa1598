"""What is reserved for AD FS is registered by it."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import run
from farmsight_collector.rules.http.registrations import of_adfs
from farmsight_collector.rules.http.reservations import for_adfs
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare reservations with registrations; without a reservation there is nothing to expect."""
    for port in sorted({443, server_endpoint(farm, server)[1]}):
        reserved = [one for one in for_adfs(farm, server, port) if one.path == "/adfs/"]
        if not reserved or of_adfs(server, port):
            continue
        service = tuple(h for h in server.facts.get("service", ()) if h.key == ADFS_SERVICE)
        yield Holds(
            subject=f"port {port}",
            servers=(server.name,),
            title=f"{server.name}: {reserved[0].held.key} is reserved, and no process has registered it",
            evidence=(*(one.held for one in reserved), *service),
            remedy=run(
                server.name,
                "netsh http show servicestate view=requestq",
                "Restart-Service adfssrv; Get-WinEvent -LogName 'AD FS/Admin' -MaxEvents 20",
            ),
        )


RULE = Rule(
    code="http.url-not-registered",
    catalogue=("HTTP-29",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("url-registration", "url-reservation", "service", "tls-binding", "adfs-properties"),
    what="A URL of AD FS is reserved, and nothing below it is registered with http.sys.",
    why="A reservation is a permission only: until the service registers the URL, requests get 400 or 503.",
    remedy="Restart the AD FS service and read why it could not register (events 102, 199, 383).",
    check="netsh http show servicestate view=requestq: who has registered what?",
    source="win32 HTTP documentation, UrlPrefix strings and routing; Microsoft KB 4032987, step 6",
    explains=("http.nothing-listens", "client.port-unreachable", "client.endpoint-refuses", "wap.farm-unreachable",
              "lb.node-differs"),
    on_server=check,
)  # fmt: skip
