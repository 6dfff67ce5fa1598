"""The services of a Web Application Proxy run."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

SERVICES = ("adfssrv", "appproxysvc", "appproxyctrl")
DOWN = frozenset({facts_pb2.SERVICE_STATE_STOPPED, facts_pb2.SERVICE_STATE_PAUSED, facts_pb2.SERVICE_STATE_FAILED})


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at the three services; one that a listing does not name is not judged."""
    services = {held.key.lower(): held for held in server.need("service")}
    for name in SERVICES:
        held = services.get(name)
        if held is None:
            yield CannotTell(server=server.name, subject=name, reason=f"the listing does not name {name}")
        elif held.value.state in DOWN:
            yield Holds(
                subject=name,
                servers=(server.name,),
                title=f"{server.name}: the service {name} does not run",
                evidence=(held,),
                remedy=(_start(server.name, name),),
            )


def _start(server: str, name: str) -> Remedy:
    return powershell(
        server,
        f"Set-Service {name} -StartupType Automatic; Start-Service {name}",
        check=(
            f"Get-Service {name} | Format-List 'Status', 'StartType'  # keep it",
            "Get-WinEvent -LogName 'AD FS/Admin', 'System' -MaxEvents 40  # why it stopped",
        ),
        undo=(f"Stop-Service {name}; Set-Service {name} -StartupType Manual  # or what the check showed",),
    )


RULE = Rule(
    code="wap.service-stopped",
    catalogue=("WAP-01",),
    severity=Severity.CRITICAL,
    roles=frozenset({"wap"}),
    reads=("service",),
    what="A service of the Web Application Proxy does not run.",
    why="This proxy passes nothing on: whoever the load balancer sends here can't sign in from outside.",
    remedy="Start the services and read the AD FS and Web Application Proxy event logs.",
    check="AD FS/Admin, Web Application Proxy and System logs: why did it stop?",
    undo="Stop-Service of the same services.",
    source="adfsToolbox IsAdfsRunning and IsAdfsProxyRunning",
    explains=("http.nothing-listens", "http.url-not-registered", "client.port-unreachable",
              "client.endpoint-refuses", "wap.health",
              "lb.node-differs"),
    on_server=check,
)  # fmt: skip
