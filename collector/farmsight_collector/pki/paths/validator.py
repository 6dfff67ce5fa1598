"""Is a chain valid (RFC 5280 6.1)? Every reason why not, at the certificate that it is about.

A validator that ends at the first error names one cause of several, and the
order of its checks chooses which. Here each check looks at the whole chain.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import certificates, constraints, der
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.chains import ANY_USAGE
from farmsight_collector.pki.paths.codes import reason
from farmsight_collector.pki.paths.judgement import Reason
from farmsight_collector.pki.paths.policies import PolicyState, TooManyPoliciesError
from farmsight_collector.pki.paths.pool import Candidate
from farmsight_collector.pki.paths.terms import Terms
from farmsight_collector.pki.paths.work import Work

COMPARISONS: Final = 250_000  # of names with constraints, for one certificate and one CA above it
# Of RFC 5280, and Microsoft's own for application policies.
UNDERSTOOD: Final = frozenset(
    {
        *(f"2.5.29.{number}" for number in (14, 15, 17, 18, 19, 30, 31, 32, 33, 35, 36, 37, 46, 54)),
        "1.3.6.1.5.5.7.1.1",
        *(f"1.3.6.1.4.1.311.21.{number}" for number in (1, 7, 10, 11, 12)),
        "1.3.6.1.4.1.311.20.2",
    }
)


@dataclass(frozen=True, kw_only=True)
class Route:
    """A chain to be judged, leaf first."""

    candidates: Sequence[Candidate]
    anchored: bool  # the last one is trusted
    at: datetime
    terms: Terms
    work: Work = field(default_factory=Work)  # shared by all chains of a leaf

    @property
    def judged(self) -> int:
        """Return how many certificates are judged themselves: a trust anchor is not, by RFC 5280 6.1.1 (d)."""
        return len(self.candidates) - (1 if self.anchored and not self.terms.root_judged else 0)

    def certificate(self, place: int) -> Certificate:
        """Return the certificate at a place, 0 for the leaf."""
        return self.candidates[place].certificate


Found = Iterator[tuple[int, Reason]]


def validated(route: Route) -> tuple[tuple[Reason, ...], ...]:
    """Return what is wrong with each certificate of the chain, leaf first; nothing anywhere when it is valid."""
    found: list[list[Reason]] = [[] for _ in route.candidates]
    for check in _CHECKS:
        for place, one in check(route):
            found[place].append(one)
    return tuple(tuple(reasons) for reasons in found)


def _signatures(route: Route) -> Found:
    for place in range(len(route.candidates) - 1):
        own, issuer = route.certificate(place), route.certificate(place + 1)
        signed = certificates.signed_by(own, issuer)
        if signed is False:
            why = f"the key of {issuer.subject} ({issuer.sha1}) did not sign {own.subject}, though the names fit"
            yield place, reason("wrong-signature", own, why, leaf=not place)
        elif signed is None:
            why = f"the signature on {own.subject} can't be checked here: {_algorithm(own)}"
            yield place, reason("signature-unchecked", own, why, leaf=not place, verdict=Verdict.UNKNOWN)
        if own.issuer_name != issuer.subject_name:
            yield place, reason("issuer-missing", own, f"{issuer.subject} is not the issuer of {own.subject}")


def _algorithm(own: Certificate) -> str:
    inside, outside = der.algorithms(own.parsed.public_bytes(Encoding.DER))
    oid = own.parsed.signature_algorithm_oid
    return f"{oid._name} ({oid.dotted_string})" if inside == outside else "it names two algorithms for it"


def _dates(route: Route) -> Found:
    for place in range(route.judged):
        own = route.certificate(place)
        if route.at > own.not_after:
            why = f"{own.subject} expired on {own.not_after:%Y-%m-%d %H:%M} UTC"
            yield place, reason("not-time-valid", own, why, leaf=not place)
        elif route.at < own.not_before:
            why = f"{own.subject} is not valid before {own.not_before:%Y-%m-%d %H:%M} UTC"
            yield place, reason("not-time-valid", own, why, leaf=not place)


def _distrust(route: Route) -> Found:
    for place, one in enumerate(route.candidates):
        if one.distrusted:
            why = f"{one.certificate.subject} is in the store of certificates that are not trusted (Disallowed)"
            yield place, reason("distrusted", one.certificate, why, leaf=not place, evidence=one.evidence)
        if one.kept_out and place:
            why = f"this server's copy of {one.certificate.subject} may not be used for client authentication"
            yield place, reason("copy-restricted", one.certificate, why, evidence=one.evidence)


def _issuers(route: Route) -> Found:
    below = 0  # intermediates below, those that are self-issued not counted (RFC 5280 4.2.1.9)
    for place in range(1, route.judged):
        own, root = route.certificate(place), route.anchored and place == len(route.candidates) - 1
        if own.is_ca is False or (own.is_ca is None and not root):
            why = "says that it is no CA" if own.is_ca is False else "does not say that it is a CA"
            yield place, reason("not-a-ca", own, f"{own.subject} {why} (basic constraints)")
        if own.signs_certificates is False:
            yield place, reason("key-usage", own, f"the key usage of {own.subject} lacks certificate signing")
        if own.path_length is not None and below > own.path_length:
            why = f"{own.subject} allows {own.path_length} CAs below it, and there are {below}"
            yield place, reason("path-length", own, why)
        below += 0 if own.self_issued else 1


def _extensions(route: Route) -> Found:
    for place in range(route.judged):
        own = route.certificate(place)
        listed = (e.oid.dotted_string for e in own.parsed.extensions if e.critical)
        strange = sorted(oid for oid in listed if oid not in UNDERSTOOD)
        if strange:
            why = f"{own.subject} calls an extension critical that is not known: {', '.join(strange)}"
            yield place, reason("critical-extension", own, why, leaf=not place)


def _usages(route: Route) -> Found:
    wanted = route.terms.usage
    for place in range(route.judged if wanted else 0):
        own = route.certificate(place)
        usages = own.extended_usages
        if usages is not None and wanted not in usages and not ANY_USAGE.intersection(usages):
            listed = ", ".join(usages) or "none"
            why = f"the extended key usages of {own.subject} ({listed}) leave client authentication out"
            yield place, reason("usage", own, why, leaf=not place)


def _keys(route: Route) -> Found:
    for place in range(route.judged if route.terms.shortest_rsa else 0):
        own = route.certificate(place)
        key = own.parsed.public_key()
        if isinstance(key, rsa.RSAPublicKey) and key.key_size < route.terms.shortest_rsa:
            why = f"{own.subject} has an RSA key of {key.key_size} bits; Windows blocks what is shorter than 1024"
            yield place, reason("short-key", own, why, leaf=not place)


def _names(route: Route) -> Found:
    constraining = [p for p in range(1, route.judged) if constraints.constrains(route.certificate(p))]
    if not constraining:
        return
    for place in range(constraining[-1]):
        own = route.certificate(place)
        if place and own.self_issued:
            continue  # RFC 5280 6.1.3 (b)
        its = constraints.names_of(own)
        for above in (p for p in constraining if p > place):
            issuer = route.certificate(above)
            cost = constraints.comparisons(issuer, its)
            if cost > COMPARISONS or not route.work.compares(cost):
                why = f"{own.subject} and {issuer.subject} have more names and constraints than are compared"
                yield place, reason("name-constraints", own, why, leaf=not place, verdict=Verdict.UNKNOWN)
                continue
            refused = list(islice(constraints.outside(issuer, its), 5))
            if refused:
                why = f"the name constraints of {issuer.subject} exclude {', '.join(refused)} of {own.subject}"
                yield place, reason("name-constraints", own, why, leaf=not place)


def _policies(route: Route) -> Found:
    anchor = 1 if route.anchored else 0  # a trust anchor's own policies do not count (RFC 5280 6.1.1 d)
    length = len(route.candidates) - anchor
    if not length:
        return
    state = PolicyState(route.terms, length, route.work)
    for place in reversed(range(length)):
        own = route.certificate(place)
        try:
            said = state.meets(own, last=not place) or (state.prepares(own) if place else state.ends(own))
        except TooManyPoliciesError:
            why = f"the certificates above {route.certificate(0).subject} have more policies than are looked at"
            yield place, reason("policies", own, why, leaf=not place, verdict=Verdict.UNKNOWN)
            return
        except (der.DerError, ValueError) as error:
            yield place, reason("malformed", own, f"policies of {own.subject} can't be read: {error}", leaf=not place)
            return
        if said:
            yield place, reason("policies", own, f"certificate policies, at {own.subject}: {said}", leaf=not place)
            return


_CHECKS: Final[tuple[Callable[[Route], Found], ...]] = (
    _signatures,
    _dates,
    _distrust,
    _issuers,
    _extensions,
    _usages,
    _keys,
    _names,
    _policies,
)
