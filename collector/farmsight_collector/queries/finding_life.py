"""The whole life of one finding: when it opened and closed, and what became of the facts that it stands on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.engine import Connection

from farmsight_collector.queries.changes import Change, alike, of_turn
from farmsight_collector.rules.catalogue import BY_CODE
from farmsight_collector.rules.rule import Rule, Severity
from farmsight_collector.store.finding_changes import Step, steps
from farmsight_collector.store.findings import FindingRow, life_of
from farmsight_collector.store.turns import Asked, Turn, turned

BEFORE: Final = timedelta(days=1)  # the first opening: what its facts did until then
PROOF: Final = timedelta(minutes=2)  # a fact is dated by its server's clock, the closing by ours
TURNS: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One thing in a finding's life: it opened or closed (with what turned just then), changed, or a fact turned.

    `severity`, `title` and `servers` are as they were from then on.
    """

    at: datetime
    what: str  # opened, worsened, eased, spread, closed, fact
    title: str = ""
    severity: str = ""
    servers: tuple[str, ...] = ()
    proof: tuple[Change, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, kw_only=True)
class Life:
    """All of it, newest first; `rows` are the intervals in which it was open."""

    rows: tuple[FindingRow, ...]
    moments: tuple[Moment, ...]
    cut: bool  # there is more than was read


def life(connection: Connection, farm: str, finding: str, at: datetime) -> Life:
    """Return a finding's life until an instant; without intervals where nobody ever watched it."""
    rows = [_until(row, at) for row in life_of(connection, farm, finding) if row.opened <= at]
    if not rows:
        return Life(rows=(), moments=(), cut=False)
    rule = BY_CODE.get(rows[0].code)
    turns, cut = _turns(connection, farm, rule, rows, at) if rule else ((), False)
    became = steps(connection, farm, rows[-1].opened - BEFORE, at, finding=finding)
    moments = [*_of_rows(rows, became, turns), *_of_steps(became), *_of_facts(rows, turns)]
    moments.sort(key=lambda one: (one.at, one.what != "fact"), reverse=True)
    return Life(rows=tuple(rows), moments=tuple(moments), cut=cut)


def _until(row: FindingRow, at: datetime) -> FindingRow:
    """Return a row as it was at an instant: what closed later was open."""
    return row if row.closed is None or row.closed <= at else replace(row, closed=None)


def _turns(
    connection: Connection, farm: str, rule: Rule, rows: Sequence[FindingRow], at: datetime
) -> tuple[Sequence[Turn], bool]:
    servers = {name for row in rows for name in row.payload["servers"]}
    asked = Asked(
        farm=farm,
        kinds=frozenset(rule.reads),
        begin=rows[-1].opened - BEFORE,
        end=at,
        server=next(iter(servers)) if len(servers) == 1 else "",
    )
    found = turned(connection, asked, limit=TURNS)
    here = [one for one in found.turns if not servers or one.server in servers]
    return [one for one in here if not alike(one)], found.after > asked.begin


def _of_rows(rows: Sequence[FindingRow], became: Sequence[Step], turns: Sequence[Turn]) -> Iterator[Moment]:
    first = {step.at: step for step in became if step.change == "opened"}
    for row in rows:
        step = first.get(row.opened)  # what was kept before there were steps is told as it was last
        yield Moment(
            at=row.opened,
            what="opened",
            title=step.title if step else row.payload["title"],
            severity=Severity(step.severity if step else row.severity).word,
            servers=step.servers if step else tuple(row.payload["servers"]),
            proof=_just_before(turns, row.opened, row),
        )
        if row.closed is not None:
            yield Moment(at=row.closed, what="closed", proof=_just_before(turns, row.closed, row))


def _of_steps(became: Sequence[Step]) -> Iterator[Moment]:
    for step in became:
        if step.change not in ("opened", "closed"):
            word = Severity(step.severity).word
            yield Moment(at=step.at, what=step.change, title=step.title, severity=word, servers=step.servers)


def _just_before(turns: Sequence[Turn], at: datetime, row: FindingRow) -> tuple[Change, ...]:
    near = [one for one in turns if at - PROOF < one.at <= at]
    names = _names(row)
    named = [one for one in near if (one.server, one.kind, one.key) in names]
    return tuple(map(of_turn, (named or near)[:20]))


def _of_facts(rows: Sequence[FindingRow], turns: Sequence[Turn]) -> Iterator[Moment]:
    names = {name for row in rows for name in _names(row)}
    for one in turns:
        if (one.server, one.kind, one.key) in names:
            yield Moment(at=one.at, what="fact", change=of_turn(one))


def _names(row: FindingRow) -> set[tuple[Any, ...]]:
    return {(one["server"], one["kind"], one["key"]) for one in row.payload["evidence"]}
