"""Rules on users' certificates that were handed in: names, usages, dates, issuer."""

from typing import Final

from farmsight_collector.rules.rule import Rule
from farmsight_collector.rules.user import (
    certificate_expired,
    certificate_not_yet_valid,
    domain_not_verified,
    eku_without_client_auth,
    issuer_unknown,
    key_usage,
    mapping_name_missing,
    no_revocation_source,
    no_strong_mapping,
    revoked,
    weak_certificate,
)

RULES: Final[tuple[Rule, ...]] = (
    certificate_expired.RULE,
    certificate_not_yet_valid.RULE,
    domain_not_verified.RULE,
    eku_without_client_auth.RULE,
    issuer_unknown.RULE,
    key_usage.RULE,
    mapping_name_missing.RULE,
    no_strong_mapping.RULE,
    revoked.RULE,
    weak_certificate.RULE,
    no_revocation_source.RULE,
)
