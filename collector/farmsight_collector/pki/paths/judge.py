"""Judges all chains that a pool gives for a leaf: built, validated, and asked whether anything is revoked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.hazmat.primitives import hashes

from farmsight_collector.model.verdict import Verdict, together
from farmsight_collector.model.view import Held
from farmsight_collector.pki.certificates import signature_digest
from farmsight_collector.pki.paths.builder import Built, Path, build
from farmsight_collector.pki.paths.codes import CODES, ordered, reason
from farmsight_collector.pki.paths.judgement import Chain, Covering, Judgement, Reason, Step
from farmsight_collector.pki.paths.pool import Candidate, Pool
from farmsight_collector.pki.paths.terms import Terms
from farmsight_collector.pki.paths.validator import Route, validated
from farmsight_collector.pki.paths.work import Work

Status = tuple[tuple[Covering, ...], tuple[Reason, ...]]
# Tells the revocation status of the certificate at a place of a path; the certificate above it is its issuer.
Statuses = Callable[[Path, int], Status]
Ended = Callable[[Path], tuple[Reason, ...]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is judged, by which terms, as of when."""

    leaf: Candidate
    pool: Pool
    at: datetime
    terms: Terms
    statuses: Statuses | None = None  # None: revocation is not asked for
    certain: bool = True  # False: there may be more than the pool shows
    ended: Ended | None = None  # why a path ends where it does; the plain words where there are none better


def judged(case: Case) -> Judgement:
    """Return every chain, the best first, and what the best comes to; never raises for what certificates say."""
    built = build(case.leaf, case.pool, case.at)
    work = Work()
    chains = sorted((_chain(case, path, work) for path in built.paths), key=_rank)
    best = chains[0]
    reasons, verdict = best.reasons, best.verdict
    left = _left_aside(case, built)
    if left and verdict is Verdict.FAILS:
        more = reason("stopped", case.leaf.certificate, left, leaf=True, verdict=Verdict.UNKNOWN)
        verdict, reasons = Verdict.UNKNOWN, (*reasons, more)
    made = Judgement(
        verdict=verdict,
        why=_words(best),
        chains=tuple(chains),
        evidence=_evidence(best),
        stopped=built.stopped,
        holds_until=_holds_until(best),
    )
    return told_by(made, reasons)


def told_by(made: Judgement, reasons: Iterable[Reason]) -> Judgement:
    """Return a judgement with these reasons, and what is told by them."""
    listed = ordered(reasons)
    if not listed:
        return made
    evidence = tuple({id(h): h for one in listed for h in one.evidence}.values())[:8]
    return replace(
        made,
        why=listed[0].why,
        reasons=listed,
        catalogue=tuple(dict.fromkeys(entry for one in listed[:3] for entry in one.catalogue)),
        evidence=evidence or made.evidence,
    )


def _left_aside(case: Case, built: Built) -> str:
    """Return which chains were not looked at that might be good; empty when every one of those was."""
    if built.stopped and not (built.hopeless and case.certain):
        return f"not every chain was looked at: {built.stopped}"
    if built.more_ends and not case.certain:
        return "not every chain was looked at: too many of them lead to no root that is known here"
    return ""


def _chain(case: Case, path: Path, work: Work) -> Chain:
    route = Route(candidates=path.candidates, anchored=path.anchored, at=case.at, terms=case.terms, work=work)
    found = validated(route)
    steps = []
    for place, (candidate, reasons) in enumerate(zip(path.candidates, found, strict=True)):
        coverings: tuple[Covering, ...] = ()
        more: tuple[Reason, ...] = ()
        if case.statuses is not None and place + 1 < len(path.candidates):
            coverings, more = case.statuses(path, place)
        if place + 1 == len(path.candidates) and not path.anchored:
            more = case.ended(path) if case.ended else ended_plainly(path)
        steps.append(
            Step(
                certificate=candidate.certificate,
                found_in=candidate.found_in,
                coverings=coverings,
                reasons=ordered((*reasons, *more)),
                evidence=candidate.evidence[:4],
            )
        )
    reasons = ordered(one for step in steps for one in step.reasons)
    return Chain(
        steps=tuple(steps),
        anchored=path.anchored,
        verdict=together(one.verdict for one in reasons),
        reasons=reasons,
    )


def ended_plainly(path: Path) -> tuple[Reason, ...]:
    """Return why a chain ends without a trusted root, where nothing is known but the pool."""
    top, leaf = path.candidates[-1].certificate, len(path.candidates) == 1
    if path.ends == "self-signed":
        return (reason("untrusted-root", top, f"{top.subject} is not a trusted root", leaf=leaf),)
    if path.ends == "stopped":
        leaf_of = path.candidates[0].certificate
        why = f"none of the many CAs above {leaf_of.subject} is known to lead to a trusted root"
        return (reason("untrusted-root", leaf_of, why, leaf=True),)
    if path.ends == "loop":
        return (reason("loop", top, f"{top.subject} leads back to a CA below it", leaf=leaf),)
    return (reason("issuer-missing", top, f"the issuer of {top.subject}, {top.issuer}, is not here", leaf=leaf),)


def _rank(chain: Chain) -> tuple[int, ...]:
    weight = {Verdict.PASSES: 0, Verdict.UNKNOWN: 1, Verdict.FAILS: 2}[chain.verdict]
    fails = [one for one in chain.reasons if one.verdict is Verdict.FAILS]
    least = -max((CODES[one.code].rank for one in fails), default=0)
    return weight, len(fails), least, sum(map(_weak, chain.steps[:-1])), len(chain.steps)


def _weak(step: Step) -> bool:
    """Tell whether a certificate is signed by way of MD5 or SHA-1: no reason to refuse it, and another is preferred."""
    return isinstance(signature_digest(step.certificate.parsed), hashes.MD5 | hashes.SHA1)


def _words(chain: Chain) -> str:
    root, between = chain.steps[-1].certificate, [step.certificate.subject for step in chain.steps[1:-1]]
    by = f" by {', '.join(between)}" if between else ""
    return f"a valid chain leads{by} to {root.subject}"


def _evidence(chain: Chain) -> tuple[Held, ...]:
    return tuple(held for step in chain.steps for held in step.evidence)[:8]


def _holds_until(chain: Chain) -> datetime | None:
    """Return when the first certificate, or the last answer for one, runs out; None unless the chain is good."""
    if chain.verdict is not Verdict.PASSES:
        return None
    ends = [step.certificate.not_after for step in chain.steps]
    for step in chain.steps:
        good = [one.until for one in step.coverings if one.usable is Verdict.PASSES]
        ends.extend([max(one for one in good if one is not None)] if good and all(good) else [])
    return min(ends)
