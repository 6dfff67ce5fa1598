"""What is different between a farm as of two instants: findings that came and went, facts that say something else."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from farmsight_collector.cli.findings_output import SEVERITIES
from farmsight_collector.model.diff import difference
from farmsight_collector.model.view import Held
from farmsight_collector.model.words import describe
from farmsight_collector.queries import messages
from farmsight_collector.queries.changes import PASSING
from farmsight_collector.queries.compare import substance
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.rules.engine import Finding
from farmsight_collector.shown.texts import place


@dataclass(frozen=True, kw_only=True)
class FindingChange:
    """A finding of one of the pictures only; `untold`: the other picture cannot tell."""

    id: str  # of a finding on this page; empty for one that is gone
    code: str
    severity: str
    title: str
    servers: tuple[str, ...]
    symptoms: int  # that came or went with it
    untold: bool


@dataclass(frozen=True, kw_only=True)
class FactChange:
    """A fact that is new, gone (now is empty) or says something else."""

    server: str
    context: str
    kind: str
    key: str
    then: str
    now: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What is different now from what was so then."""

    opened: tuple[FindingChange, ...]
    closed: tuple[FindingChange, ...]
    facts: tuple[FactChange, ...]


def difference_between(then: Evaluated, now: Evaluated, servers: Collection[str] | None = None) -> Difference:
    """Return what changed; facts only of some servers, where they are given."""
    before = {one.id for one in then.evaluation.findings}
    after = {one.id for one in now.evaluation.findings}
    return Difference(
        opened=tuple(_findings([one for one in now.evaluation.findings if one.id not in before], then, shown=True)),
        closed=tuple(_findings([one for one in then.evaluation.findings if one.id not in after], now, shown=False)),
        facts=tuple(_facts(then, now, servers)),
    )


def _findings(found: Sequence[Finding], other: Evaluated, *, shown: bool) -> Iterator[FindingChange]:
    """Yield the changes, each with those that it explains folded into it."""
    here = {one.id for one in found}
    for one in found:
        if one.caused_by not in here:
            symptoms = sum(effect.caused_by == one.id for effect in found)
            yield _finding(one, other, symptoms, shown=shown)


def _finding(one: Finding, other: Evaluated, symptoms: int, *, shown: bool) -> FindingChange:
    servers = set(one.servers)
    untold = any(
        unknown.code == one.rule.code and (not unknown.verdict.server or unknown.verdict.server in servers)
        for unknown in other.evaluation.unknown
    )
    return FindingChange(
        id=one.id if shown else "",
        code=one.rule.code,
        severity=SEVERITIES[messages.SEVERITIES[one.severity]],
        title=one.title,
        servers=tuple(one.servers),
        symptoms=symptoms,
        untold=untold,
    )


def _facts(then: Evaluated, now: Evaluated, names: Collection[str] | None) -> Iterator[FactChange]:
    """Yield the facts that changed; first those that new findings rest on, and what came or went altogether."""
    found = difference(then.farm, now.farm)
    before = {_name(held): held for held in found.ended}
    after = {_name(held): held for held in found.began}
    known = {one.id for one in then.evaluation.findings}
    told = {_name(held) for one in now.evaluation.findings if one.id not in known for held in one.evidence}
    aside = (before.keys() & after.keys()) - told
    for name in sorted(before.keys() | after.keys(), key=lambda name: (name in aside, name)):
        old, new = before.get(name), after.get(name)
        one = new or old
        if (
            one is not None
            and (names is None or one.server in names)
            and one.kind not in PASSING
            and not _same(old, new)
        ):
            yield _fact(one, old, new)


def _name(held: Held) -> tuple[str, str, str, str]:
    return held.server, held.kind, held.context or "", held.key


def _same(old: Held | None, new: Held | None) -> bool:
    if old is None or new is None:
        return False
    return substance(old) == substance(new) or describe(old.fact) == describe(new.fact)


def _fact(one: Held, old: Held | None, new: Held | None) -> FactChange:
    return FactChange(
        server=one.server,
        context=one.context or "",
        kind=one.kind,
        key=one.key,
        then=describe(old.fact) or "present" if old is not None else "",
        now=describe(new.fact) or "present" if new is not None else "",
        where=place(one.fact.source),
    )
