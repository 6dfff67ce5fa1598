"""What the ways to a certificate's status come to together: the reason why a chain fails by it, or can't be told."""

from collections.abc import Iterator

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.crls import Entry
from farmsight_collector.pki.paths.codes import CODES, reason
from farmsight_collector.pki.paths.judgement import Reason
from farmsight_collector.pki.paths.ways import Way


def of_ways(own: Certificate, ways: tuple[Way, ...], *, leaf: bool) -> Iterator[Reason]:
    """Yield what is wrong with, or not known of, a certificate's revocation; nothing when it is known to be good.

    The first way that answers decides, as with the platform, which tries them in this order.
    """
    usable = [way for way in ways if way.covering.usable is Verdict.PASSES]
    revoked = next((way for way in ways if way.answer.entry is not None), None)
    if revoked is not None and revoked.answer.entry is not None:
        yield _revoked(own, revoked, revoked.answer.entry, usable, leaf=leaf)
    elif not usable and ways:
        yield _not_learned(own, ways, leaf=leaf)
    elif not usable:
        why = f"{own.subject} names no CRL and no responder: whether it is revoked can't be learned (0x80092012)"
        yield reason("no-revocation-source", own, why, leaf=leaf, verdict=Verdict.UNKNOWN)


def _revoked(own: Certificate, way: Way, entry: Entry, usable: list[Way], *, leaf: bool) -> Reason:
    since = f"{own.subject} was revoked on {entry.revoked_at:%Y-%m-%d %H:%M} UTC"
    why = f"{since} ({entry.reason})" if entry.reason else since
    evidence = way.covering.evidence
    if usable and usable[0].answer.entry is None:
        first = usable[0].covering
        why += f", by {_place(way)}; {_place(usable[0])} ({first.source}) does not list it: {first.why}"
        entries = (*CODES["revoked"].of(leaf=leaf), "CRL-24" if first.source == "cache" else "CRL-17")
        unsure, evidence = Verdict.UNKNOWN, (*evidence, *first.evidence)
        return reason("revoked", own, why, leaf=leaf, verdict=unsure, evidence=evidence, catalogue=entries)
    # A delta that is not known may take a hold back; whatever else is not known, revoked or offline it is refused.
    open_ = not usable and entry.on_hold and way.covering.usable is Verdict.UNKNOWN
    verdict = Verdict.UNKNOWN if open_ else Verdict.FAILS
    return reason("revoked", own, why, leaf=leaf, verdict=verdict, evidence=evidence)


def _not_learned(own: Certificate, ways: tuple[Way, ...], *, leaf: bool) -> Reason:
    entries = [entry for way in ways for entry in way.answer.catalogue]
    evidence = [held for way in ways for held in way.covering.evidence]
    unsure = next((way for way in ways if way.covering.usable is Verdict.UNKNOWN), None)
    if unsure is not None:
        why = f"whether {own.subject} is revoked is not known: {_place(unsure)}: {unsure.covering.why}"
        unknown = Verdict.UNKNOWN
        return reason("revocation-unknown", own, why, leaf=leaf, verdict=unknown, catalogue=entries, evidence=evidence)
    told = "; ".join(f"{_place(way)}: {way.covering.why}" for way in ways[-3:])
    why = f"whether {own.subject} is revoked can't be learned (0x80092013): {told}"
    return reason("revocation-offline", own, why, leaf=leaf, catalogue=entries, evidence=evidence)


def _place(way: Way) -> str:
    return way.covering.url or "a CRL in a store"
