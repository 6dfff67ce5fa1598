"""Rules on the farm as one: synchronisation, primaries, nodes, builds."""

from typing import Final

from farmsight_collector.rules.farm import (
    behaviour_level,
    builds_mixed,
    database_stopped,
    node_without_agent,
    primaries,
    secondary_out_of_sync,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    behaviour_level.RULE,
    builds_mixed.RULE,
    database_stopped.RULE,
    node_without_agent.RULE,
    primaries.RULE,
    secondary_out_of_sync.RULE,
)
