"""Limits that vendors name, with where and when they named them.

Where the sources disagree each figure stands here with its own source; a
finding says which one it used.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One figure of one source."""

    name: str
    value: float
    unit: str
    source: str
    date: str  # of the source, year and month

    @property
    def text(self) -> str:
        """Return the limit as a finding names it."""
        return f"{self.value:g} {self.unit} ({self.name}; {self.source}, {self.date})"


_CHAIN_ENGINE = "wincrypt.h, certificate chain engine defaults"
_ENTRA = "Microsoft Entra, certificate revocation list documentation"

CRL_SECONDS_WINDOWS: Final = Limit(
    name="ChainUrlRetrievalTimeoutMilliseconds", value=15, unit="s", source=_CHAIN_ENGINE, date="2023-01"
)
CRL_SECONDS_ENTRA: Final = Limit(name="Entra CRL download", value=10, unit="s", source=_ENTRA, date="2025-06")
CRL_SECONDS_IDENTITY_TOOLS: Final = Limit(
    name="Test-MsIdCBATrustStoreConfiguration", value=12, unit="s", source="MSIdentityTools", date="2025-01"
)
CRL_SECONDS_ARTICLE: Final = Limit(
    name="CRL download before it counts as slow", value=15, unit="s", source="Microsoft KB 4032987", date="2020-05"
)
CRL_SECONDS_SLOW: Final = Limit(
    name="a third of the time allowed for one URL",
    value=5,
    unit="s",
    source="derived from ChainUrlRetrievalTimeoutMilliseconds",
    date="2023-01",
)
CRL_SECONDS_CHAIN: Final = Limit(
    name="ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds",
    value=20,
    unit="s",
    source=_CHAIN_ENGINE,
    date="2023-01",
)

# Where a source says "MB" and not which, the smaller reading (10^6) is used: it warns earlier.
CRL_BYTES_WINDOWS: Final = Limit(
    name="MaxUrlRetrievalByteCount", value=104_857_600, unit="bytes", source=_CHAIN_ENGINE, date="2023-01"
)
CRL_BYTES_ENTRA: Final = Limit(
    name="Entra interactive sign-in", value=20_000_000, unit="bytes", source=_ENTRA, date="2025-06"
)
CRL_BYTES_ENTRA_GOVERNMENT: Final = Limit(
    name="Entra interactive sign-in, US Government", value=45_000_000, unit="bytes", source=_ENTRA, date="2025-06"
)
CRL_BYTES_IDENTITY_TOOLS: Final = Limit(
    name="Test-MsIdCBATrustStoreConfiguration",
    value=44_000_000,
    unit="bytes",
    source="MSIdentityTools",
    date="2025-01",
)

AIA_BYTES_WINDOWS: Final = Limit(
    name="MaxAIAUrlRetrievalByteCount", value=100_000, unit="bytes", source=_CHAIN_ENGINE, date="2023-01"
)
AIA_URLS_WINDOWS: Final = Limit(name="MaxAIAUrlCountInCert", value=5, unit="URLs", source=_CHAIN_ENGINE, date="2023-01")

RSA_BITS_BLOCKED: Final = Limit(
    name="MinRsaPubKeyBitLength", value=1023, unit="bits", source=_CHAIN_ENGINE, date="2023-01"
)
RSA_BITS_WEAK: Final = Limit(
    name="weak RSA key threshold", value=2047, unit="bits", source=_CHAIN_ENGINE, date="2023-01"
)

CLOCK_SECONDS: Final = Limit(
    name="clock difference between proxy and AD FS",
    value=300,
    unit="s",
    source="AD FS Toolbox, TestTimeSync",
    date="2023-08",
)

# Derived: no vendor names them. A quarter of the lifetime, or of the overlap, is gone.
CRL_LIFETIME_LEFT: Final = Limit(
    name="part of a CRL's lifetime that is left", value=0.25, unit="of the lifetime", source="farmsight", date="2026-11"
)
CRL_LIFETIME_ENDS: Final = Limit(
    name="part of a CRL's lifetime that is left, where no date of the next one is shown",
    value=0.1,
    unit="of the lifetime",
    source="farmsight",
    date="2026-11",
)
CRL_OVERLAP_GONE: Final = Limit(
    name="part of the overlap that passed since the next CRL was due",
    value=0.25,
    unit="of the overlap",
    source="farmsight",
    date="2026-11",
)

OCSP_DAYS: Final = Limit(
    name="how long an OCSP answer lives before it is worth knowing",
    value=7,
    unit="days",
    source="farmsight",
    date="2026-11",
)

LIMITS: Final[tuple[Limit, ...]] = tuple(value for value in list(vars().values()) if isinstance(value, Limit))
