"""Rules of the theme user."""

from typing import Final

from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = ()
