"""Every chain that a pool gives for a leaf, best first, within bounds (RFC 4158).

A search from the leaf upwards, led by how far a name is from a trusted
certificate, that prefers what looks usable. No CA (name and key) stands in a
chain twice, so loops end. Signatures are checked as they are met, each once
for a key. Whatever the pool is, the work is bounded, and who asked is told
when the bounds ended it.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from farmsight_collector.pki import certificates
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.paths.pool import Candidate, Pool

DEPTH: Final = 20  # certificates in one chain
CHAINS: Final = 32
ENDS: Final = 8  # chains that end without a trusted root
STEPS: Final = 4000  # beginnings of chains that are looked at
CHECKS: Final = 3000  # signatures

# What takes 0.2 ms, as measured: bits of an RSA key squared times bits of its exponent, of a DSA key squared.
_RSA: Final = 1_200_000_000
_DSA: Final = 4_000_000
_SHORT_CURVE: Final = 256  # bits
_CHECKED: Final = f"as many signatures were checked as {CHECKS} usual ones, and there are more"
_UNSIGNED: Final = 10_000  # looked at when nothing else is left: it says whose signature is not good
_ASTRAY: Final = 1_000  # no trusted certificate is above, by any name
_UNUSABLE: Final = 40


@dataclass(frozen=True, kw_only=True)
class Path:
    """One chain, leaf first: it ends in a trusted certificate, or why not."""

    candidates: tuple[Candidate, ...]
    anchored: bool
    ends: str = ""  # "missing": the issuer is not here; "self-signed": not a trusted one; "loop"; "stopped"


@dataclass(frozen=True, kw_only=True)
class Built:
    """What the search found."""

    paths: tuple[Path, ...]
    stopped: str = ""  # why not every chain was looked at
    more_ends: bool = False  # more chains than these end without a trusted root
    hopeless: bool = False  # by the names alone no chain can lead to a trusted root, looked at or not
    steps: int = 0
    checks: int = 0


@dataclass
class _Search:
    pool: Pool
    at: datetime
    waiting: list[tuple[int, int, int, tuple[Candidate, ...]]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    whole: list[Path] = field(default_factory=list)
    ended: list[Path] = field(default_factory=list)
    steps: int = 0
    checks: int = 0
    stopped: str = ""  # the search ended early
    cut: str = ""  # it went on, and left something aside
    more_ends: bool = False
    issuers: dict[bytes, tuple[tuple[Candidate, int], ...]] = field(default_factory=dict)

    def run(self, leaf: Candidate) -> None:
        self._add((leaf,), 0)
        while self.waiting and not self._full():
            cost, _, _, path = heapq.heappop(self.waiting)
            self.steps += 1
            self._look(path, cost - self._ahead(path[-1]))

    def furthest(self, leaf: Candidate) -> tuple[Candidate, ...]:
        """Return the longest of the beginnings that still wait, of those that look best."""
        return max((path for _, _, _, path in self.waiting[:64]), key=len, default=(leaf,))

    def _full(self) -> bool:
        if len(self.whole) >= CHAINS:
            self.stopped = f"{CHAINS} chains were found, and there are more"
        elif self.steps >= STEPS:
            self.stopped = f"{STEPS} beginnings of chains were looked at, and there are more"
        elif self.checks >= CHECKS:
            self.stopped = _CHECKED
        return bool(self.stopped)

    def _worn_out(self) -> bool:
        if self.checks >= CHECKS:
            self.cut = _CHECKED
        return self.checks >= CHECKS

    def _add(self, path: tuple[Candidate, ...], spent: int) -> None:
        cost = spent + self._ahead(path[-1])
        heapq.heappush(self.waiting, (cost, -len(path), next(self.numbers), path))  # of equals, the one that is further

    def _ahead(self, top: Candidate) -> int:
        """Return how many certificates are still to come at least."""
        return 0 if top.trusted else 1 + self.pool.distances.get(top.certificate.issuer_name, _ASTRAY)

    def _look(self, path: tuple[Candidate, ...], spent: int) -> None:
        top = path[-1]
        if top.trusted:
            self.whole.append(Path(candidates=path, anchored=True))
        elif is_self_signed(top.certificate):
            self._end(path, "self-signed")
        elif len(path) >= DEPTH:
            self.cut = f"a chain of {DEPTH} certificates was not followed further"
        else:
            self._extend(path, spent)

    def _extend(self, path: tuple[Candidate, ...], spent: int) -> None:
        above = self._issuers(path[-1].certificate)
        there = {one.key for one in path}
        for issuer, cost in above:
            if issuer.key not in there:
                self._add((*path, issuer), spent + 1 + cost)
        if not above:
            self._end(path, "missing")
        elif all(issuer.key in there for issuer, _ in above):
            self._end(path, "loop")

    def _end(self, path: tuple[Candidate, ...], ends: str) -> None:
        if len(self.ended) < ENDS:
            self.ended.append(Path(candidates=path, anchored=False, ends=ends))
        else:
            self.more_ends = True

    def _issuers(self, of: Certificate) -> tuple[tuple[Candidate, int], ...]:
        """Return who may have issued a certificate, with what each costs; if nobody did, who seems so."""
        known = self.issuers.get(of.sha256)
        if known is None:
            named = self.pool.by_subject.get(of.issuer_name, ())
            priced = [(one, _cost(of, one, self.at)) for one in named if one.certificate.sha256 != of.sha256]
            priced.sort(key=lambda pair: pair[1])
            signed = list(self._signers(of, priced))
            alike = [(one, cost + _UNSIGNED) for one, cost in priced if not _other_key(of, one.certificate)]
            known = tuple(signed or alike[:2])
            self.issuers[of.sha256] = known
        return known

    def _signers(self, of: Certificate, priced: Iterable[tuple[Candidate, int]]) -> Iterator[tuple[Candidate, int]]:
        """Yield those whose key made the signature, or may have: each key is tried once, none after the right one."""
        tried: dict[bytes, bool | None] = {}
        found = False
        for one, cost in priced:
            key = one.certificate.public_key_sha256
            if key not in tried and (found or self._worn_out()):
                continue
            if key not in tried:
                self.checks += _weight(one.certificate)
                tried[key] = certificates.signed_by(of, one.certificate)
                found = tried[key] is True
            if tried[key] is not False:
                yield one, cost


def build(leaf: Candidate, pool: Pool, at: datetime) -> Built:
    """Return the chains of the leaf: those with a trusted end first, and of those the ones that look best first."""
    held = pool.by_sha256.get(leaf.certificate.sha256)
    leaf = replace(leaf, trusted=True) if held is not None and held.trusted else leaf
    search = _Search(pool=pool, at=at)
    search.run(leaf)
    if not search.whole and not search.ended:
        search.ended.append(Path(candidates=search.furthest(leaf), anchored=False, ends="stopped"))
    return Built(
        paths=(*search.whole, *search.ended),
        stopped=search.stopped or search.cut,
        more_ends=search.more_ends,
        hopeless=not leaf.trusted and leaf.certificate.issuer_name not in pool.distances,
        steps=search.steps,
        checks=search.checks,
    )


def _weight(signer: Certificate) -> int:
    """Return how many usual signatures one by this key takes to check: long keys and exponents take long."""
    key = signer.parsed.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return 1 + key.key_size**2 * key.public_numbers().e.bit_length() // _RSA
    if isinstance(key, dsa.DSAPublicKey):
        return 1 + key.key_size**2 // _DSA
    return 2 if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size > _SHORT_CURVE else 1


def is_self_signed(one: Certificate) -> bool:
    """Tell whether a certificate is signed with its own key, as far as that can be checked."""
    return one.self_issued and certificates.signed_by(one, one) is not False


def _other_key(of: Certificate, issuer: Certificate) -> bool:
    """Tell whether the key identifiers of both say that another key of this name is meant."""
    return bool(of.authority_key and issuer.subject_key and of.authority_key != issuer.subject_key)


def _cost(of: Certificate, issuer: Candidate, at: datetime) -> int:
    """Return how unlikely it is that a chain through this issuer is good, 0 for one that looks right."""
    own = issuer.certificate
    cost = 0
    if _other_key(of, own):
        cost += 4  # a hint only (RFC 5280 4.2.1.1); the signature decides
    unusable = (
        not own.not_before <= at <= own.not_after,
        own.is_ca is False or own.signs_certificates is False,
        issuer.distrusted,
        issuer.kept_out,
    )
    return cost + _UNUSABLE * sum(unusable)
