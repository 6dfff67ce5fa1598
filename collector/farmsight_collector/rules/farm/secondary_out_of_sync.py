"""Secondary nodes follow the primary."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.limits import SYNC_POLLS
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

DEFAULT_POLL_S = 300


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at the last synchronisation, as of the last time that it was looked at."""
    for held in server.need("adfs-sync"):
        value = held.value
        if value.role != facts_pb2.SYNC_ROLE_SECONDARY:
            continue
        failed = value.HasField("last_status") and value.last_status != 0
        late = _late(server, held)
        if not failed and late is None:
            yield CannotTell(server=server.name, reason="the time of the last synchronisation is not shown")
        if failed or late:
            says = f"ended with status {value.last_status}" if failed else "is overdue"
            yield Holds(
                subject=server.name,
                servers=(server.name,),
                title=f"{server.name}: synchronisation with {value.primary_name or 'the primary'} {says}",
                evidence=(held,),
                limit_used="" if failed else SYNC_POLLS.text,
                remedy=(
                    powershell(
                        server.name,
                        "Restart-Service adfssrv",
                        "Get-AdfsSyncProperties",
                        check=(
                            "$primary = (Get-AdfsSyncProperties).PrimaryComputerName",
                            f"Test-NetConnection $primary -Port {value.primary_port or 80}",
                        ),
                    ),
                ),
            )


def _late(server: Server, held: Held) -> bool | None:
    if not held.value.HasField("last_sync"):
        return None
    looked = max(c.covered_until for c in server.coverage if c.probe == "adfs" and c.part == "sync")
    allowed = SYNC_POLLS.value * (held.value.poll.seconds or DEFAULT_POLL_S)
    return bool(looked.timestamp() - held.value.last_sync.seconds > allowed)


RULE = Rule(
    code="farm.secondary-out-of-sync",
    catalogue=("FARM-01", "NET-14"),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-sync",),
    what="A secondary node has not synchronised its configuration with the primary.",
    why="Changes are in force on one node and not on another: sign-in depends on the node.",
    remedy="Open port 80 to the primary, restart the service, look at the synchronisation again.",
    check="Get-AdfsSyncProperties: which primary is named, and does it answer on its port?",
    source="Get-AdfsSyncProperties, cmdlet reference and samples",
    on_server=check,
)
