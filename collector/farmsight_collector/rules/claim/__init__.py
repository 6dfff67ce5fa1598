"""Rules on claim rules: what Entra must learn of the certificate."""

from typing import Final

from farmsight_collector.rules.claim import (
    conditional,
    office365_issuer_missing,
    office365_serial_missing,
    provider_issuer_missing,
    provider_serial_missing,
    uri_wrong,
)
from farmsight_collector.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    conditional.RULE,
    office365_issuer_missing.RULE,
    office365_serial_missing.RULE,
    provider_issuer_missing.RULE,
    provider_serial_missing.RULE,
    uri_wrong.RULE,
)
