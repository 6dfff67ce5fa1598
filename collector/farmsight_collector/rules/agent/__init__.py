"""Rules on the agents themselves."""

from typing import Final

from farmsight_collector.rules.agent import (
    in_trouble,
    silent,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (silent.RULE, in_trouble.RULE)
