"""Rules about names, proxies and clocks."""

from typing import Final

from farmsight_collector.rules.network import (
    clock_offset,
    host_unreachable,
    name_not_resolved,
    proxy_authentication,
    proxy_differs,
    proxy_only_of_user,
    proxy_per_machine,
    proxy_script_unreachable,
    proxy_without_bypass,
    resolution_differs,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    name_not_resolved.RULE,
    host_unreachable.RULE,
    resolution_differs.RULE,
    proxy_without_bypass.RULE,
    proxy_only_of_user.RULE,
    proxy_per_machine.RULE,
    proxy_script_unreachable.RULE,
    proxy_authentication.RULE,
    proxy_differs.RULE,
    clock_offset.RULE,
)
