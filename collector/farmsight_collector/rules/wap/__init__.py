"""Rules on Web Application Proxies and what they see of the farm."""

from typing import Final

from farmsight_collector.rules.rule import Rule
from farmsight_collector.rules.wap import (
    application_on_farm_name,
    congestion,
    farm_name_wrong,
    farm_unreachable,
    forward_proxy,
    health,
    other_farm,
    ports_differ,
    service_stopped,
    third_party_proxy,
    tls_terminated,
    trust_certificate_expired,
    trust_lost,
    trust_refused,
)

RULES: Final[tuple[Rule, ...]] = (
    application_on_farm_name.RULE,
    farm_name_wrong.RULE,
    farm_unreachable.RULE,
    forward_proxy.RULE,
    health.RULE,
    other_farm.RULE,
    ports_differ.RULE,
    service_stopped.RULE,
    third_party_proxy.RULE,
    tls_terminated.RULE,
    trust_certificate_expired.RULE,
    trust_lost.RULE,
    congestion.RULE,
    trust_refused.RULE,
)
