"""Rules of the theme crl."""

from typing import Final

from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = ()
