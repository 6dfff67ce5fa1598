"""Windows must not have given the certificate port away to dynamic use."""

from collections.abc import Iterator

from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for a range over the port that no administrator made: those keep the port free on purpose."""
    port = server_endpoint(farm, server)[1]
    for held in server.need("port-exclusion"):
        value = held.value
        if value.administered or not value.first <= port <= value.last:
            continue
        answer = server.ask("listener")
        listening = answer.knowledge is Knowledge.KNOWN and any(h.value.port == port for h in answer.facts)
        yield Holds(
            subject=f"port {port}",
            servers=(server.name,),
            severity=Severity.WARNING if listening else None,
            title=f"{server.name}: port {port} lies in the excluded range {held.key}",
            evidence=(held,),
            remedy=(
                powershell(
                    server.name,
                    f"net stop winnat; netsh int ipv4 add excludedportrange {_one(port)}",
                    "net start winnat; Restart-Service adfssrv",
                    check=("netsh int ipv4 show excludedportrange protocol=tcp; Get-Service winnat",),
                    undo=(f"netsh int ipv4 delete excludedportrange {_one(port)}",),
                ),
            ),
        )


def _one(port: int) -> str:
    return f"protocol=tcp startport={port} numberofports=1"


RULE = Rule(
    code="http.port-excluded",
    catalogue=("HTTP-29",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("port-exclusion", "listener", "adfs-properties"),
    what="A port range that Windows excluded by itself covers the port that asks for client certificates.",
    why="The port can't be opened, now or after the next restart, although reservation and binding are right.",
    remedy="Exclude the one port by hand before the range is made, so that it stays free for http.sys.",
    check="netsh int ipv4 show excludedportrange protocol=tcp: what holds the range?",
    undo="netsh int ipv4 delete excludedportrange of the one port.",
    source="netsh int ipv4 show excludedportrange; field reports on ranges taken by winnat",
    explains=("http.nothing-listens", "http.url-not-registered", "client.port-unreachable"),
    on_server=check,
)
