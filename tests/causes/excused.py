"""Why something is missed where two faults meet: one takes away what the other would be seen by.

An excuse names the pair by what hides and what is hidden, as sets of
scenarios, and says of which findings it speaks. What is missed beyond them is
not excused.
"""

from dataclasses import dataclass
from typing import Final

from tests.causes.measured import Measured


@dataclass(frozen=True, kw_only=True)
class Excuse:
    """One reason: where a scenario of `hides` meets one of `hidden`, findings of these codes may be missed or stray."""

    hides: frozenset[str]
    hidden: frozenset[str]
    codes: frozenset[str]
    why: str


def _hidden(by: str, these: str, codes: str, why: str) -> Excuse:
    return Excuse(hides=frozenset(by.split()), hidden=frozenset(these.split()), codes=frozenset(codes.split()), why=why)


# Of CRLs of the same CA, or on the same server: what is not fetched says nothing more of itself.
_NOT_FETCHED: Final = "crl-forbidden crl-page crl-truncated no-route name-missing name-leads-elsewhere proxy-login"
_OF_A_CRL: Final = (
    "crl-forbidden crl-page crl-truncated crl-slow crl-expired crl-wrong-issuer crl-wrong-signature stale-mirror "
    "delta-expired delta-missing delta-foreign-base plus-refused ocsp-down aia-dead proxy-login"
)

EXCUSES: Final = (
    _hidden(
        _NOT_FETCHED,
        _OF_A_CRL,
        "crl.delta-expired crl.delta-unreachable crl.delta-base-mismatch crl.double-escaping crl.differs-by-place "
        "crl.mirror-unreachable crl.not-a-crl crl.slow crl.expired crl.wrong-issuer crl.needs-authentication "
        "network.proxy-authentication",
        "what a server does not fetch can't be seen to have ended, to be another's, or to name a delta",
    ),
    _hidden(
        "ca-renewed",
        f"{_NOT_FETCHED} {_OF_A_CRL}",
        "crl.delta-expired crl.delta-unreachable crl.delta-base-mismatch crl.mirror-unreachable crl.not-a-crl crl.slow "
        "crl.expired crl.wrong-issuer crl.needs-authentication crl.double-escaping crl.differs-by-place "
        "crl.ocsp-failing chain.aia-unusable network.proxy-authentication network.proxy-differs",
        "alice's certificate is of the renewed CA, and nobody asks for the lists of the old one",
    ),
    _hidden(
        "service-stopped wid-stopped wap-service-stopped listener-closed",
        "port-taken port-excluded listener-closed",
        "http.port-foreign-owner http.port-excluded http.url-not-registered http.nothing-listens",
        "of a port at which nothing listens no one can be seen to hold it",
    ),
    _hidden(
        "service-accounts-differ",
        "service-stopped wid-stopped",
        "adfs.service-stopped farm.database-stopped http.nothing-listens http.url-not-registered",
        "a service that runs as another account, and does not run, is taken to have stopped for that",
    ),
    _hidden(
        "trust-certificate-expired",
        "proxy-trust-lost",
        "wap.trust-lost",
        "a proxy whose trust certificate has ended is taken to have lost its trust for that",
    ),
    _hidden(
        "name-missing no-route",
        "name-leads-elsewhere name-missing",
        "network.resolution-differs network.host-unreachable network.name-not-resolved chain.revocation-offline "
        "crl.unreachable crl.fetches-too-long crl.ocsp-failing chain.aia-unusable crl.fetch-differs "
        "entra.crl-url-unreachable",
        "of two proxies none is left to compare with, and what both lack has two causes",
    ),
    _hidden(
        "tenant-ca-missing",
        "tenant-ca-superseded ca-expired ca-narrow ca-constrained tenant-crl-ldap tenant-crl-https tenant-crl-internal",
        "entra.authority-superseded entra.issuing-ca-missing",
        "a CA that the tenant lacks is not superseded there, and one that is not valid is not missed there",
    ),
)


def excuse(one: Measured) -> str:
    """Return the reasons for all that is missed; empty where one of them has none, or where nothing is missed."""
    told = [*one.missed, *one.folded, *one.extra, *one.loose, *one.strayed]
    reasons = [_reason(one.names, said.partition(" ")[0]) for said in told]
    if not all(reasons) or (one.worst_rank > 1 and not reasons):
        return ""
    return "; ".join(dict.fromkeys(reasons))


def _reason(names: tuple[str, ...], code: str) -> str:
    for held in EXCUSES:
        meets = set(names) & held.hides and set(names) & held.hidden
        if meets and code in held.codes:
            return held.why
    return ""
