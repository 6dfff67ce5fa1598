"""Rules on load balancers and whatever else stands in front."""

from typing import Final

from farmsight_collector.rules.lb import (
    certauth_elsewhere,
    node_differs,
    probe_unreachable,
    probe_without_sni,
    publishes_443_only,
    resets_from_outside,
    tls_terminated,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    certauth_elsewhere.RULE,
    node_differs.RULE,
    probe_without_sni.RULE,
    publishes_443_only.RULE,
    tls_terminated.RULE,
    probe_unreachable.RULE,
    resets_from_outside.RULE,
)
