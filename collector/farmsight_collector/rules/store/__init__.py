"""Rules about certificate stores: what is in them, what is missing, what does not belong."""

from typing import Final

from farmsight_collector.rules.rule import Rule
from farmsight_collector.rules.store import (
    ca_disallowed,
    ca_expired,
    ca_in_account_store,
    ca_not_yet_valid,
    client_auth_issuers_differ,
    contents_differ,
    expired_duplicate,
    issuing_ca_missing,
    non_root_in_root,
    not_in_ntauth,
    ntauth_differs,
    renewed_ca_missing,
    root_ca_missing,
    root_in_intermediate,
    root_only_by_policy,
    root_update_blocked,
    trusted_devices_differ,
    trusted_devices_missing,
    usages_restricted,
)

RULES: Final[tuple[Rule, ...]] = (
    root_ca_missing.RULE,
    issuing_ca_missing.RULE,
    renewed_ca_missing.RULE,
    root_in_intermediate.RULE,
    non_root_in_root.RULE,
    ca_expired.RULE,
    ca_not_yet_valid.RULE,
    ca_disallowed.RULE,
    expired_duplicate.RULE,
    not_in_ntauth.RULE,
    ntauth_differs.RULE,
    trusted_devices_missing.RULE,
    trusted_devices_differ.RULE,
    client_auth_issuers_differ.RULE,
    contents_differ.RULE,
    ca_in_account_store.RULE,
    root_only_by_policy.RULE,
    usages_restricted.RULE,
    root_update_blocked.RULE,
)
