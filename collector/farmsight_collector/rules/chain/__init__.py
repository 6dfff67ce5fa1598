"""Rules about the chains of users' certificates."""

from typing import Final

from farmsight_collector.rules.chain import (
    basic_constraints,
    eku_without_client_auth,
    issuer_unknown,
    short_key,
    weak_signature,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    issuer_unknown.RULE,
    basic_constraints.RULE,
    eku_without_client_auth.RULE,
    weak_signature.RULE,
    short_key.RULE,
)
