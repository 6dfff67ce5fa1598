"""What changed in a farm: facts that began, ended or got another value, findings that opened and closed, agents.

Newest first, a page at a time. A page ends between two instants, never within one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

from sqlalchemy.engine import Connection

from farmsight_collector.clock import moment
from farmsight_collector.correlate.change_words import told
from farmsight_collector.model.view import Held
from farmsight_collector.model.words import describe
from farmsight_collector.queries.compare import substance
from farmsight_collector.queries.trend_lines.line import Wanted as LineWanted
from farmsight_collector.queries.trend_lines.states import agent_heard
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store import agents, audit
from farmsight_collector.store.finding_changes import Step, steps
from farmsight_collector.store.findings import FindingRow, findings_between
from farmsight_collector.store.turns import Asked, Turn, turned
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_NAME, KINDS

What = Literal[
    "began", "changed", "ended", "opened", "worsened", "eased", "spread", "closed", "agent", "silent", "returned"
]

# Measured anew at each look, or true of the look and not of the farm.
PASSING: Final = frozenset({"clock", "event", "listener", "url-cache", "agent", "given-certificate"})
AGENTS: Final = "agent-came-or-went"
OTHER_KINDS: Final = ("finding", AGENTS)  # that are none of facts
ROWS_AT_ONCE: Final = 2000  # intervals that one look into the store reads
LOOKS: Final = 12  # into the store, for one page
FIRST_SPAN: Final = timedelta(days=1)  # that is looked at for a page; the next one is twice as long
_BETWEEN: Final[dict[str, What]] = {"worsened": "worsened", "eased": "eased", "spread": "spread"}
_BEFORE: Final = timedelta(days=1)  # who was silent when a span begins did not fall silent in it
_AGENT_WORDS: Final = {
    "agent.enrol": "let in",
    "agent.revoke": "cut off",
    "agent.recover-asked": "asks to come back",
    "agent.approve": "may come back",
    "agent.refuse": "may not come back",
    "agent.recovered": "came back",
    "agent.reports-lost": "told what is not here",
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for, within (begin, end]; empty texts ask for any."""

    farm: str
    begin: datetime
    end: datetime
    server: str = ""
    kind: str = ""  # of facts; "finding" and "agent-came-or-went" ask for those alone
    context: str = ""  # facts of this account alone
    text: str = ""  # in the key, the words or the servers, in any case
    least: Severity = Severity.INFO  # above it only findings are left
    passing: bool = False  # also what is measured anew at each look


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change: of a fact (`kind`, `key`), of a finding (its code and id) or of an agent."""

    at: datetime
    what: What
    servers: tuple[str, ...]
    kind: str
    key: str
    text: str
    context: str | None = None
    severity: Severity | None = None
    finding: str = ""  # its id
    seen_by: str = ""  # the probe and the account that saw it, or who did it


@dataclass(frozen=True, kw_only=True)
class Log:
    """One page, newest first; `earlier` is the end to ask with for the next one, None where all was told."""

    changes: tuple[Change, ...]
    earlier: datetime | None


def log(connection: Connection, wanted: Wanted, *, size: int = 200) -> Log:
    """Return the newest changes that match, about `size` of them: those of one instant stay together."""
    found: list[Change] = []
    end, span = wanted.end, FIRST_SPAN
    for _ in range(LOOKS):
        begin = max(wanted.begin, end - span)
        after, some = _within(connection, replace(wanted, begin=begin, end=end))
        found += some
        if len(found) >= size:
            return _cut(found, size, None if after <= wanted.begin else after)
        if after <= wanted.begin:
            return Log(changes=tuple(found), earlier=None)
        end, span = after, span * 2
    return Log(changes=tuple(found), earlier=end)


def _cut(found: list[Change], size: int, rest: datetime | None) -> Log:
    last = found[size - 1].at
    kept = [one for one in found if one.at >= last]
    more = len(kept) < len(found)
    return Log(changes=tuple(kept), earlier=last - timedelta(microseconds=1) if more else rest)


def _within(connection: Connection, wanted: Wanted) -> tuple[datetime, list[Change]]:
    """Return from when on all is told, and what changed since then, newest first."""
    after, facts = _facts(connection, wanted)
    inside = replace(wanted, begin=after)
    others = [*_findings(connection, inside), *_agents(connection, inside), *_silences(connection, inside)]
    needle = wanted.text.lower()
    return after, [
        one
        for one in sorted([*facts, *others], key=_order)
        if _of_server(one, wanted.server)
        and wanted.context in ("", one.context)
        and (not needle or needle in _said(one))
    ]


def _order(one: Change) -> tuple[object, ...]:
    ranked = one.kind == "finding", one.what == "agent"  # what was seen comes above what saw it
    return -one.at.timestamp(), not ranked[0], ranked[1], -(one.severity or 0), one.servers, one.kind, one.key


def _of_server(one: Change, server: str) -> bool:
    return not server or any(name.lower() == server.lower() for name in one.servers)


def _said(one: Change) -> str:
    return " ".join((one.kind, one.key, one.text, one.context or "", one.seen_by, *one.servers)).lower()


def _kinds(wanted: Wanted) -> frozenset[str]:
    if wanted.least > Severity.INFO or wanted.kind in OTHER_KINDS:
        return frozenset()
    if wanted.kind:
        return frozenset({wanted.kind} & set(KIND_BY_NAME))
    return frozenset(kind.name for kind in KINDS) - (frozenset() if wanted.passing else PASSING)


def _facts(connection: Connection, wanted: Wanted) -> tuple[datetime, list[Change]]:
    kinds = _kinds(wanted)
    if not kinds:
        return wanted.begin, []
    asked = Asked(farm=wanted.farm, kinds=kinds, begin=wanted.begin, end=wanted.end, server=wanted.server)
    limit = ROWS_AT_ONCE
    found = turned(connection, asked, limit=limit)
    while found.after >= wanted.end or (found.turns and found.after >= found.turns[0].at):  # all of one instant
        limit *= 4
        found = turned(connection, asked, limit=limit)
    return found.after, [of_turn(one) for one in found.turns if one.at > found.after and not alike(one)]


def of_turn(one: Turn) -> Change:
    """Return a turn of a fact as a change."""
    what: What = "began" if one.before is None else "ended" if one.after is None else "changed"
    fact = facts_pb2.Fact.FromString(one.after or one.before or b"")
    account = fact.asked_by.account or (f"as {one.context}" if one.context else "")
    return Change(
        at=one.at,
        what=what,
        servers=(one.server,),
        kind=one.kind,
        key=one.key,
        context=one.context,
        text=told(one),
        seen_by=", ".join(filter(None, (KIND_BY_NAME[one.kind].probe, account))),
    )


def alike(one: Turn) -> bool:
    """Tell whether nothing changed but what differs from look to look."""
    if one.before is None or one.after is None:
        return False
    before, after = (_held(one, data) for data in (one.before, one.after))
    return substance(before) == substance(after) and describe(before.fact) == describe(after.fact)


def _held(one: Turn, data: bytes) -> Held:
    fact = facts_pb2.Fact.FromString(data)
    return Held(server=one.server, kind=one.kind, context=one.context, key=one.key, digest=b"", fact=fact, began=one.at)


def _findings(connection: Connection, wanted: Wanted) -> Iterator[Change]:
    if wanted.kind not in ("", "finding"):
        return
    for row in findings_between(connection, wanted.farm, wanted.begin, wanted.end):
        if row.severity >= wanted.least:
            if wanted.begin < row.opened <= wanted.end:
                yield _finding(row, "opened", row.opened)
            if row.closed is not None and wanted.begin < row.closed <= wanted.end:
                yield _finding(row, "closed", row.closed)
    for step in steps(connection, wanted.farm, wanted.begin, wanted.end, changes=_BETWEEN):
        if step.severity >= wanted.least:
            yield _step(step)


def _finding(row: FindingRow, what: What, at: datetime) -> Change:
    told_of = row.payload
    return Change(
        at=at,
        what=what,
        servers=tuple(told_of["servers"]),
        kind="finding",
        key=row.code,
        text=told_of["title"],
        severity=Severity(row.severity),
        finding=row.id,
        seen_by="the rules",
    )


def _step(step: Step) -> Change:
    return Change(
        at=step.at,
        what=_BETWEEN[step.change],
        servers=step.servers,
        kind="finding",
        key=step.code,
        text=step.title,
        severity=Severity(step.severity),
        finding=step.id,
        seen_by="the rules",
    )


def _silences(connection: Connection, wanted: Wanted) -> Iterator[Change]:
    """Yield when agents were no longer heard of, and when they were heard of again."""
    if wanted.kind not in ("", AGENTS) or wanted.least > Severity.INFO:
        return
    span = LineWanted(farm=wanted.farm, begin=wanted.begin - _BEFORE, end=wanted.end, server=wanted.server)
    for line in agent_heard(connection, span):
        for before, now in pairwise(line.stretches):
            at = moment(now.begin)
            if before.last != now.first and wanted.begin < at <= wanted.end:
                what: What = "returned" if now.first else "silent"
                yield Change(
                    at=at,
                    what=what,
                    servers=(line.server,),
                    kind=AGENTS,
                    key=line.server,
                    text="heard of again" if now.first else "not heard of any more",
                    seen_by="the collector",
                )


def _agents(connection: Connection, wanted: Wanted) -> Sequence[Change]:
    if wanted.kind not in ("", AGENTS) or wanted.least > Severity.INFO:
        return []
    rows = audit.of_agents(connection, wanted.farm, wanted.begin, wanted.end, ROWS_AT_ONCE)
    named = {row.id: row.server for row in agents.agents(connection, wanted.farm)} if rows else {}
    return [
        Change(
            at=row.at,
            what="agent",
            servers=(named[row.target],),
            kind=AGENTS,
            key=row.target,
            text=_AGENT_WORDS[row.action] + (f": {row.detail}" if row.detail else ""),
            seen_by=row.actor,
        )
        for row in rows
        if row.action in _AGENT_WORDS and row.target in named
    ]
