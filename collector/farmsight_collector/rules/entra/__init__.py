"""Rules on the tenant's side: CA objects, CRL URLs, federated domains."""

from typing import Final

from farmsight_collector.rules.entra import (
    authority_expired,
    authority_in_new_store_only,
    authority_superseded,
    authority_type,
    authority_without_key_id,
    crl_beyond_limits,
    crl_expired,
    crl_url_https,
    crl_url_missing,
    crl_url_not_public,
    crl_url_scheme,
    crl_url_unreachable,
    crl_wrong_issuer,
    delta_without_base,
    domain_not_federated,
    federation_mismatch,
    issuing_ca_missing,
    mfa_rejected,
    native_prompt_unsupported,
    prompt_login,
    root_missing,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    authority_expired.RULE,
    authority_in_new_store_only.RULE,
    authority_superseded.RULE,
    authority_type.RULE,
    authority_without_key_id.RULE,
    crl_beyond_limits.RULE,
    crl_expired.RULE,
    crl_url_https.RULE,
    crl_url_missing.RULE,
    crl_url_not_public.RULE,
    crl_url_scheme.RULE,
    crl_url_unreachable.RULE,
    crl_wrong_issuer.RULE,
    delta_without_base.RULE,
    domain_not_federated.RULE,
    federation_mismatch.RULE,
    issuing_ca_missing.RULE,
    mfa_rejected.RULE,
    native_prompt_unsupported.RULE,
    prompt_login.RULE,
    root_missing.RULE,
)
