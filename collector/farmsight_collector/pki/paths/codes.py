"""The words for what is wrong with a chain, how telling each is, and which entries of the catalogue it stands for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Held
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.paths.judgement import Reason


@dataclass(frozen=True, kw_only=True)
class Code:
    """One word; the rank orders reasons, what explains most stands first."""

    rank: int
    leaf: tuple[str, ...] = ()  # the catalogue's entries where the leaf itself is concerned
    issuer: tuple[str, ...] = ()  # where a CA is

    def of(self, *, leaf: bool) -> tuple[str, ...]:
        """Return the catalogue's entries for the leaf, or for a CA."""
        return self.leaf if leaf else self.issuer


CODES: Final[Mapping[str, Code]] = {
    "revoked": Code(rank=0, leaf=("CRL-33",), issuer=("CRL-34",)),
    "distrusted": Code(rank=1, leaf=("STORE-07",), issuer=("STORE-07",)),
    "issuer-missing": Code(rank=2, leaf=("STORE-03",), issuer=("STORE-03",)),
    "root-missing": Code(rank=2, leaf=("STORE-01",), issuer=("STORE-01",)),
    "untrusted-root": Code(rank=3, leaf=("STORE-01",), issuer=("STORE-01",)),
    "root-in-ca-store": Code(rank=3, leaf=("STORE-01", "STORE-02"), issuer=("STORE-01", "STORE-02")),
    "root-in-account-store": Code(rank=3, issuer=("STORE-01", "STORE-05")),
    "issuer-renewed": Code(rank=2, leaf=("STORE-08",), issuer=("STORE-08",)),
    "issuer-in-account-store": Code(rank=2, leaf=("STORE-05",), issuer=("STORE-05",)),
    "loop": Code(rank=4),
    "wrong-signature": Code(rank=5),
    "not-time-valid": Code(rank=6, leaf=("USER-07",), issuer=("STORE-06",)),
    "not-a-ca": Code(rank=7, leaf=("CHAIN-03",), issuer=("CHAIN-03",)),
    "path-length": Code(rank=7, issuer=("CHAIN-03",)),
    "key-usage": Code(rank=7, issuer=("CHAIN-03",)),
    "usage": Code(rank=8, leaf=("USER-05",), issuer=("CHAIN-05",)),
    "copy-restricted": Code(rank=8, issuer=("CHAIN-05",)),
    "name-constraints": Code(rank=8, leaf=("CHAIN-04",), issuer=("CHAIN-04",)),
    "policies": Code(rank=9),
    "critical-extension": Code(rank=9, leaf=("CHAIN-06",), issuer=("CHAIN-06",)),
    "malformed": Code(rank=9),
    "short-key": Code(rank=9, leaf=("CHAIN-02",), issuer=("CHAIN-02",)),
    "revocation-offline": Code(rank=10),
    "revocation-unknown": Code(rank=20),
    "no-revocation-source": Code(rank=20, leaf=("CRL-15",), issuer=("CRL-15",)),
    "store-unknown": Code(rank=21, leaf=("COL-01",), issuer=("COL-01",)),
    "listed-only": Code(rank=21, leaf=("COL-01",), issuer=("COL-01",)),
    "aia-unknown": Code(rank=21, leaf=("COL-01",), issuer=("COL-01",)),
    "unreadable": Code(rank=21, leaf=("COL-01",), issuer=("COL-01",)),
    "signature-unchecked": Code(rank=22),
    "stopped": Code(rank=23),
}


def reason(
    code: str,
    about: Certificate,
    why: str,
    *,
    leaf: bool = False,
    verdict: Verdict = Verdict.FAILS,
    catalogue: Iterable[str] | None = None,
    evidence: Iterable[Held] = (),
) -> Reason:
    """Return a reason about a certificate, with the catalogue's entries of its code unless others are given."""
    entries = CODES[code].of(leaf=leaf)
    return Reason(
        verdict=verdict,
        code=code,
        subject=about.subject,
        why=why,
        catalogue=entries if catalogue is None else tuple(dict.fromkeys(catalogue)),
        evidence=tuple(evidence)[:6],
    )


def ordered(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the reasons, most telling first: what fails before what is not known, and each by its rank."""
    return tuple(sorted(reasons, key=lambda one: (one.verdict is not Verdict.FAILS, CODES[one.code].rank)))
