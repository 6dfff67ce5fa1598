"""Something must listen on the certificate port."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import run
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for any listener on the port; who it is, is another finding."""
    port = server_endpoint(farm, server)[1]
    if any(held.value.port == port for held in server.need("listener")):
        return
    around = (*server.facts.get("service", ()), *server.facts.get("url-reservation", ()))
    telling = tuple(h for h in around if h.key == ADFS_SERVICE or f":{port}/" in h.key)
    host = server.facts.get("host", ())
    yield Holds(
        subject=f"port {port}",
        servers=(server.name,),
        title=f"{server.name}: nothing listens on port {port}",
        evidence=telling or host,
        remedy=run(server.name, "Restart-Service adfssrv; Get-WinEvent -LogName 'AD FS/Admin' -MaxEvents 20"),
    )


RULE = Rule(
    code="http.nothing-listens",
    catalogue=("HTTP-29",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("listener", "service", "url-reservation", "adfs-properties"),
    what="No process listens on the port that asks for client certificates.",
    why="Connections are refused; AD FS has not registered its certificate endpoints on this server.",
    remedy="Restart the AD FS service and read why it could not register (events 102, 199, 383).",
    check="AD FS/Admin events 102, 199, 383; is the URL reserved for the service?",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 6",
    explains=("client.port-unreachable", "client.endpoint-refuses", "client.certificate-not-asked",
              "lb.publishes-443-only", "lb.node-differs"),
    on_server=check,
)  # fmt: skip
