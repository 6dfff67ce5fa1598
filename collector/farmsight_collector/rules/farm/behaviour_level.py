"""The farm's behaviour level is that of its servers."""

import re
from collections.abc import Iterator

from farmsight_collector.model.bindings import properties
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.adfs.commands import on_primary
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

LEVEL_2016 = 3
BUILD_2016 = 14393


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the level with the builds of all AD FS nodes; one old node is a reason to wait."""
    low = [h for h in properties(farm) if 0 < h.value.farm_behavior < LEVEL_2016]
    if not low:
        return
    hosts = [held for server in farm.of_role("adfs") for held in server.need("host")]
    if hosts and all(_build(held) >= BUILD_2016 for held in hosts):
        yield Holds(
            subject=f"level {low[0].value.farm_behavior}",
            title=f"The farm's behaviour level is {low[0].value.farm_behavior}, though all nodes are 2016 or later",
            evidence=(*low, *hosts),
            remedy=(
                on_primary(
                    farm,
                    low[0].server,
                    "Invoke-AdfsFarmBehaviorLevelRaise",
                    check=("Test-AdfsFarmBehaviorLevelRaise", "# back up the database: there is no way back but that"),
                ),
            ),
        )


def _build(held: Held) -> int:
    match = re.fullmatch(r"\d+\.\d+\.(\d+).*", held.value.os_version)
    return int(match[1]) if match else 0


RULE = Rule(
    code="farm.behaviour-level",
    catalogue=("FARM-04",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("adfs-properties", "host"),
    what="The farm behaviour level is below that of 2016, while every node could have more.",
    why="Alternate mode and the cmdlets that act on all nodes are not available.",
    remedy="Raise the level from the primary, after the test cmdlet.",
    check="Test-AdfsFarmBehaviorLevelRaise on the primary; back up the database: the raise can't be undone.",
    undo="Restore the database and the nodes from the backup: there is no other way back.",
    source="Manage SSL certificates in AD FS and WAP (farm behaviour level 2016 needed)",
    on_farm=check,
)
