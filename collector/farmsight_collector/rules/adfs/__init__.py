"""Rules on AD FS itself: service, methods, endpoints, certificates, trusts."""

from typing import Final

from farmsight_collector.rules.adfs import (
    certificate_endpoint_not_proxied,
    certificate_endpoint_off,
    certificate_extranet_off,
    certificate_intranet_off,
    client_port_changed,
    office365_trust,
    service_accounts_differ,
    service_stopped,
    token_certificate_expiring,
    token_signing_unknown_to_entra,
    too_old,
    updates_missing,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    certificate_endpoint_not_proxied.RULE,
    certificate_endpoint_off.RULE,
    certificate_extranet_off.RULE,
    certificate_intranet_off.RULE,
    client_port_changed.RULE,
    office365_trust.RULE,
    service_accounts_differ.RULE,
    service_stopped.RULE,
    token_certificate_expiring.RULE,
    token_signing_unknown_to_entra.RULE,
    too_old.RULE,
    updates_missing.RULE,
)
