"""By which rules chains are judged: RFC 5280 to the letter, or as CryptoAPI differs from it.

Where CryptoAPI differs: a root is judged as any certificate is (its dates, key,
usages), usages narrow downwards, short RSA keys are blocked, and CRLs that
are indirect or for some reasons only are passed by.
"""

from dataclasses import dataclass
from typing import Final

from farmsight_collector.pki.chains import CLIENT_AUTHENTICATION

ANY_POLICY: Final = "2.5.29.32.0"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The inputs of RFC 5280 6.1.1 (c) to (g), and what more is asked for."""

    policies: frozenset[str] = frozenset({ANY_POLICY})
    explicit_policy: bool = False
    inhibit_mapping: bool = False
    inhibit_any_policy: bool = False
    root_judged: bool = False
    usage: str | None = None  # dotted; every certificate that has usages must allow it
    shortest_rsa: int = 0  # bits
    indirect_crls: bool = True
    partial_crls: bool = True  # those for some reasons only
    delegated_crls: bool = True  # signed by another key than the certificates, of the same name
    deltas_needed: bool = False  # once a delta is named, the base alone says nothing


RFC_5280: Final = Terms()
# wincrypt.h, MinRsaPubKeyBitLength: shorter than 1024 bits is blocked (1023 is allowed by its default).
CRYPTOAPI: Final = Terms(
    root_judged=True,
    usage=CLIENT_AUTHENTICATION,
    shortest_rsa=1023,
    indirect_crls=False,
    partial_crls=False,
    delegated_crls=False,
    deltas_needed=True,
)
