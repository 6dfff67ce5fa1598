"""Rules on TLS: versions, issuer lists, trust modes."""

from typing import Final

from farmsight_collector.rules.rule import Rule
from farmsight_collector.rules.tls import (
    client_trust_mode,
    issuer_list_lacks_ca,
    issuer_list_too_long,
    no_common_cipher,
    no_common_version,
    renegotiation_disabled,
    renegotiation_refused,
    server_chain_incomplete,
    strong_crypto_off,
    trusted_issuer_list_sent,
)

RULES: Final[tuple[Rule, ...]] = (
    client_trust_mode.RULE,
    issuer_list_lacks_ca.RULE,
    issuer_list_too_long.RULE,
    no_common_version.RULE,
    renegotiation_disabled.RULE,
    renegotiation_refused.RULE,
    strong_crypto_off.RULE,
    trusted_issuer_list_sent.RULE,
    no_common_cipher.RULE,
    server_chain_incomplete.RULE,
)
