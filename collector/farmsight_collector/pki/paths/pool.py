"""What a chain builder draws from: certificates by name, where they are, and which of them are trusted."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from farmsight_collector.model.view import Held
from farmsight_collector.pki.certificates import Certificate


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """One certificate that is at hand, once, with all the places where it is."""

    certificate: Certificate
    found_in: tuple[str, ...] = ()  # "ROOT", "CA", "AIA http://...", "presented"
    trusted: bool = False  # a chain may end in it
    distrusted: bool = False  # it, or its key, is in the store of those that are not trusted
    kept_out: bool = False  # a property of the server's copy bars what is asked for
    evidence: tuple[Held, ...] = ()

    @property
    def key(self) -> tuple[bytes, bytes]:
        """Return what no chain holds twice: a CA is a name and a key (RFC 4158 2.4.1)."""
        return self.certificate.subject_name, self.certificate.public_key_sha256


@dataclass(frozen=True, kw_only=True)
class Pool:
    """All candidates, in no order that matters."""

    candidates: tuple[Candidate, ...]

    @cached_property
    def by_subject(self) -> Mapping[bytes, tuple[Candidate, ...]]:
        """Return the candidates by canonical subject."""
        found: dict[bytes, list[Candidate]] = {}
        for one in self.candidates:
            found.setdefault(one.certificate.subject_name, []).append(one)
        return {name: tuple(sorted(its, key=lambda c: c.certificate.sha1)) for name, its in found.items()}

    @cached_property
    def by_sha256(self) -> Mapping[bytes, Candidate]:
        """Return the candidates by the SHA-256 of their bytes."""
        return {one.certificate.sha256: one for one in self.candidates}

    @cached_property
    def distances(self) -> Mapping[bytes, int]:
        """Return how many certificates lie at least between a name and a trusted one; names that reach none are not in.

        By names alone, so it never overstates: a search led by it meets short chains first.
        """
        issued: dict[bytes, set[bytes]] = {}
        for one in self.candidates:
            issued.setdefault(one.certificate.issuer_name, set()).add(one.certificate.subject_name)
        found = {one.certificate.subject_name: 0 for one in self.candidates if one.trusted}
        waiting = deque(found)
        while waiting:
            name = waiting.popleft()
            for below in issued.get(name, ()):
                if below not in found:
                    found[below] = found[name] + 1
                    waiting.append(below)
        return found


def pool(candidates: Iterable[Candidate]) -> Pool:
    """Return the pool in which each certificate stands once, with all that is said of it."""
    found: dict[bytes, Candidate] = {}
    for one in candidates:
        held = found.get(one.certificate.sha256)
        found[one.certificate.sha256] = one if held is None else _merged(held, one)
    return Pool(candidates=tuple(found.values()))


def _merged(one: Candidate, other: Candidate) -> Candidate:
    return Candidate(
        certificate=one.certificate,
        found_in=tuple(dict.fromkeys(one.found_in + other.found_in)),
        trusted=one.trusted or other.trusted,
        distrusted=one.distrusted or other.distrusted,
        kept_out=one.kept_out or other.kept_out,
        evidence=one.evidence + other.evidence,
    )
