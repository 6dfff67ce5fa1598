"""The AD FS service runs on every node."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

DOWN = frozenset({facts_pb2.SERVICE_STATE_STOPPED, facts_pb2.SERVICE_STATE_PAUSED, facts_pb2.SERVICE_STATE_FAILED})


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at the service; a listing that does not name it tells nothing."""
    held = server.need_one("service", ADFS_SERVICE)
    if held is None:
        yield CannotTell(server=server.name, reason=f"the listing does not name {ADFS_SERVICE}")
    elif held.value.state in DOWN:
        yield Holds(
            subject=ADFS_SERVICE,
            servers=(server.name,),
            title=f"{server.name}: the AD FS service does not run",
            evidence=(held,),
            remedy=(
                powershell(server.name, "Start-Service adfssrv", "Get-WinEvent -LogName 'AD FS/Admin' -MaxEvents 20"),
            ),
        )


RULE = Rule(
    code="adfs.service-stopped",
    catalogue=("ADFS-01",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("service",),
    what="The AD FS service is stopped on a node.",
    why="Every sign-in that reaches this node fails.",
    remedy="Start the service and read the AD FS/Admin log for why it stopped.",
    source="adfsToolbox IsAdfsRunning",
    explains=(
        "http.nothing-listens",
        "http.url-not-registered",
        "client.port-unreachable",
        "client.endpoint-refuses",
        "client.certificate-not-asked",
        "wap.farm-unreachable",
        "wap.health",
        "farm.secondary-out-of-sync",
        "lb.node-differs",
    ),
    on_server=check,
)
