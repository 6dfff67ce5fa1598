"""Rules of the theme store."""

from typing import Final

from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = ()
