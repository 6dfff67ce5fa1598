"""Rules on what clients meet over the wire."""

from typing import Final

from farmsight_collector.rules.client import (
    certauth_name_missing,
    certificate_not_asked,
    endpoint_refuses,
    port_unreachable,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    certauth_name_missing.RULE,
    certificate_not_asked.RULE,
    endpoint_refuses.RULE,
    port_unreachable.RULE,
)
