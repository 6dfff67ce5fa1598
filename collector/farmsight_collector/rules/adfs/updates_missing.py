"""AD FS on Windows Server 2012 R2 has the updates that certificate sign-in needs."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.adfs.updates import installed, on_2012_r2
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict

NEEDED: Final = (2919355, 3000850, 3013769, 3020773)


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the installed updates with those that the vendor's own tool asks for."""
    for held in on_2012_r2(server):
        there = installed(held)
        missing = [number for number in NEEDED if number not in there]
        if not there:
            yield CannotTell(server=server.name, reason="its updates were not collected", probe="host")
        elif missing:
            listed = ", ".join(f"KB{number}" for number in missing)
            yield Holds(
                subject=listed,
                servers=(server.name,),
                title=f"{server.name} runs Windows Server 2012 R2 without {listed}",
                evidence=(held,),
                remedy=(powershell(server.name, "Get-HotFix | Sort-Object InstalledOn | Select-Object -Last 20"),),
            )


RULE = Rule(
    code="adfs.updates-missing",
    catalogue=("ADFS-08",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("host",),
    what="A node on Windows Server 2012 R2 does not list the updates that AD FS needs there.",
    why="Certificate sign-in has faults without them. A later rollup may bring them under a number of its own.",
    remedy="Install the updates, or better move to a Windows Server that is still supported.",
    check="Get-HotFix: what is installed?",
    source="adfsToolbox TestAdfsPatches; Microsoft KB 4032987, AD FS and WAP configuration, step 1",
    on_server=check,
)
