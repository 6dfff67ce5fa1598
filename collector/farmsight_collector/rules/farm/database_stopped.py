"""The configuration database runs."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

WID: Final = "mssql$microsoft##wid"
_DOWN: Final = frozenset(
    {facts_pb2.SERVICE_STATE_STOPPED, facts_pb2.SERVICE_STATE_PAUSED, facts_pb2.SERVICE_STATE_FAILED}
)


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at the Windows Internal Database where the node has one; with SQL Server it has none."""
    held = server.need_one("service", WID)
    if held is not None and held.value.state in _DOWN and held.value.start != facts_pb2.SERVICE_START_DISABLED:
        yield Holds(
            subject="Windows Internal Database",
            servers=(server.name,),
            title=f"{server.name}: the Windows Internal Database does not run",
            evidence=(held,),
            remedy=(
                powershell(
                    server.name,
                    "Start-Service 'MSSQL$MICROSOFT##WID'; Restart-Service adfssrv",
                    check=(
                        "Get-WinEvent -LogName 'System', 'Application' -MaxEvents 40  # why it stopped",
                        "Get-Volume",
                    ),
                    undo=("Stop-Service 'adfssrv', 'MSSQL$MICROSOFT##WID'",),
                ),
            ),
        )


RULE = Rule(
    code="farm.database-stopped",
    catalogue=("FARM-06",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("service",),
    what="The Windows Internal Database of a node is stopped.",
    why="AD FS reads its configuration from there: it answers from memory for a while, and does not start again.",
    remedy="Start the database, then AD FS, and read why the database stopped.",
    check="The System and Application logs: why did it stop? Is there room on the disk?",
    source="adfsToolbox TestIsWidRunning",
    explains=("adfs.service-stopped", "farm.secondary-out-of-sync", "lb.node-differs"),
    on_server=check,
)
