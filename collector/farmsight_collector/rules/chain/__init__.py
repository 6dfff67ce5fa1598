"""Rules about the chains of users' certificates."""

from typing import Final

from farmsight_collector.rules.chain import (
    aia_unusable,
    basic_constraints,
    critical_extension,
    eku_without_client_auth,
    issuer_unknown,
    name_constraints,
    revocation_offline,
    server_refuses,
    short_key,
    verdicts_differ,
    weak_signature,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    issuer_unknown.RULE,
    basic_constraints.RULE,
    eku_without_client_auth.RULE,
    weak_signature.RULE,
    short_key.RULE,
    server_refuses.RULE,
    revocation_offline.RULE,
    verdicts_differ.RULE,
    name_constraints.RULE,
    critical_extension.RULE,
    aia_unusable.RULE,
)
