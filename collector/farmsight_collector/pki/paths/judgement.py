"""What is said of a certificate's chains on one server, under one account, at one instant."""

from dataclasses import dataclass
from datetime import datetime

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Held
from farmsight_collector.pki.certificates import Certificate


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that is wrong with a chain, or that can't be told of it."""

    verdict: Verdict  # FAILS or UNKNOWN
    code: str  # a word of pki.paths.codes: "issuer-missing", "untrusted-root", "not-time-valid", "revoked", ...
    subject: str  # of the certificate concerned, RFC 4514
    why: str  # one sentence for people
    catalogue: tuple[str, ...] = ()
    evidence: tuple[Held, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Covering:
    """One way in which the status of a certificate is, or is not, known under this account."""

    url: str  # of the CRL, delta CRL or responder; empty for a CRL in a store
    source: str  # "fetched", "cache", "store", "delta", "ocsp"
    usable: Verdict
    why: str  # why it is usable or not, e.g. "expired on 2026-11-02 04:00 UTC"
    until: datetime | None = None  # until when it answers
    evidence: tuple[Held, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One certificate of a chain."""

    certificate: Certificate
    found_in: tuple[str, ...]  # "ROOT", "CA", "AIA http://...", "presented": where this server has it from
    coverings: tuple[Covering, ...] = ()  # by what its revocation is judged; empty for a trust anchor
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Held, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chain:
    """One chain, leaf first."""

    steps: tuple[Step, ...]
    anchored: bool  # it ends in a root that this server trusts
    verdict: Verdict
    reasons: tuple[Reason, ...]  # of all its steps and of the whole, most telling first


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """All chains of one leaf, best first; the first decides."""

    verdict: Verdict
    why: str  # one sentence: of the best chain
    chains: tuple[Chain, ...]
    catalogue: tuple[str, ...] = ()
    evidence: tuple[Held, ...] = ()
    reasons: tuple[Reason, ...] = ()  # of the best chain
    stopped: str = ""  # why not every chain was looked at; empty when every one was
    holds_until: datetime | None = None  # when the first thing that this verdict stands on runs out
