"""The AD FS service runs on every node."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

_SOON = timedelta(minutes=5)  # the others, and then about two minutes more
DOWN = frozenset({facts_pb2.SERVICE_STATE_STOPPED, facts_pb2.SERVICE_STATE_PAUSED, facts_pb2.SERVICE_STATE_FAILED})


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
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
                powershell(
                    server.name,
                    "Start-Service adfssrv",
                    check=("Get-WinEvent -LogName 'AD FS/Admin' -MaxEvents 20  # why it stopped",),
                    undo=("Stop-Service adfssrv",),
                ),
            ),
            why=RULE.why + _starting(farm, server, held),
        )


def _starting(farm: Farm, server: Server, held: Held) -> str:
    """Return that the service may be about to start by itself, as a sentence, where the server was just restarted."""
    started = [h.value.booted_at for h in server.ask("host").facts if h.value.HasField("booted_at")]
    ago = [farm.as_of - one.ToDatetime(tzinfo=UTC) for one in started]
    if not held.value.delayed_start or not any(timedelta(0) <= one < _SOON for one in ago):
        return ""
    return " The server was restarted within the last 5 minutes, and this service starts some minutes after the others."


RULE = Rule(
    code="adfs.service-stopped",
    catalogue=("ADFS-01",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("service", "host"),
    what="The AD FS service is stopped on a node.",
    why="Every sign-in that reaches this node fails.",
    remedy="Start the service and read the AD FS/Admin log for why it stopped.",
    check="AD FS/Admin and System logs: why did it stop?",
    undo="Stop-Service adfssrv",
    source="adfsToolbox IsAdfsRunning; [MS-SCMR], SERVICE_DELAYED_AUTO_START_INFO",
    explains=(
        "wap.trust-refused",
        "lb.probe-unreachable",
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
