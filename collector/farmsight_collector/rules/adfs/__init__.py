"""Rules on AD FS itself: service, methods, endpoints, certificates, trusts."""

from typing import Final

from farmsight_collector.rules.adfs import (
    certificate_endpoint_not_proxied,
    certificate_endpoint_off,
    certificate_extranet_off,
    certificate_intranet_off,
    class_references,
    client_port_changed,
    endpoints_vanished,
    name_of_a_computer,
    office365_trust,
    private_key_unreadable,
    revocation_property,
    second_factor_missing,
    service_account_refused,
    service_accounts_differ,
    service_stopped,
    sha1_trust,
    sign_in_page_off,
    token_certificate_expiring,
    token_signing_unknown_to_entra,
    too_old,
    trust_revocation_failing,
    updates_missing,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    certificate_endpoint_not_proxied.RULE,
    certificate_endpoint_off.RULE,
    certificate_extranet_off.RULE,
    certificate_intranet_off.RULE,
    class_references.RULE,
    client_port_changed.RULE,
    endpoints_vanished.RULE,
    name_of_a_computer.RULE,
    office365_trust.RULE,
    revocation_property.RULE,
    second_factor_missing.RULE,
    service_accounts_differ.RULE,
    service_stopped.RULE,
    sha1_trust.RULE,
    sign_in_page_off.RULE,
    token_certificate_expiring.RULE,
    token_signing_unknown_to_entra.RULE,
    too_old.RULE,
    trust_revocation_failing.RULE,
    updates_missing.RULE,
    private_key_unreadable.RULE,
    service_account_refused.RULE,
)
