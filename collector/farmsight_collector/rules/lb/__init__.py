"""Rules on load balancers and whatever else stands in front."""

from typing import Final

from farmsight_collector.rules.lb import (
    certauth_elsewhere,
    node_differs,
    probe_without_sni,
    publishes_443_only,
    tls_terminated,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    certauth_elsewhere.RULE,
    node_differs.RULE,
    probe_without_sni.RULE,
    publishes_443_only.RULE,
    tls_terminated.RULE,
)
