"""A span of time on the map: the instants at which something changed, and all that stood at some time in it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.model.build import farm_as_of
from farmsight_collector.model.cache import parsed
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.queries.changes import Change, Wanted, log
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store.agents import revoked_at
from farmsight_collector.store.stood import ended_within
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

MARKS: Final = 160  # of one span at most
CHANGES: Final = 4000  # of one span that are counted; of more the last ones
STOOD: Final = 5000  # facts that ended in the span and are on the map still
CAME_AND_WENT: Final = 6  # instants before an agent was revoked that are looked at
# What the map is made of.
KINDS: Final = frozenset(
    {"host", "tls-endpoint", "adfs-sync", "retrieval", "store-certificate", "entra-authority", "entra-domain"}
)
_STEPS: Final = tuple(timedelta(minutes=one) for one in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """An instant by which something had changed, and what had since the mark before."""

    at: datetime
    facts: int = 0
    opened: int = 0
    closed: int = 0
    others: int = 0  # agents that came, went, fell silent; findings that grew worse or better
    worst: str = ""  # severity of what opened
    text: str = ""  # the change that asks for attention first


@dataclass(frozen=True, kw_only=True)
class Span:
    """The marks of a span, oldest first; `untold` is until when changes were too many to be told."""

    begin: datetime
    end: datetime
    marks: tuple[Mark, ...]
    untold: datetime | None


def span(connection: Connection, farm: str, begin: datetime, end: datetime) -> Span:
    """Return the marks of a span: changes that are close to each other, for its length, make one."""
    told = log(connection, Wanted(farm=farm, begin=begin, end=end), size=CHANGES)
    step = next((one for one in _STEPS if (end - begin) / one <= MARKS), (end - begin) / MARKS)
    bins: dict[int, list[Change]] = {}
    for change in told.changes:
        bins.setdefault((change.at - _EPOCH) // step, []).append(change)
    marks = tuple(_mark(changes) for _, changes in sorted(bins.items()))
    return Span(begin=begin, end=end, marks=marks, untold=told.earlier)


def _mark(changes: Iterable[Change]) -> Mark:
    found = sorted(changes, key=_weight)
    mark = Mark(at=max(one.at for one in found), text=found[0].text)
    for one in found:
        if one.what in ("opened", "closed"):
            mark = replace(mark, **{one.what: getattr(mark, one.what) + 1})
        elif one.what in ("began", "changed", "ended"):
            mark = replace(mark, facts=mark.facts + 1)
        else:
            mark = replace(mark, others=mark.others + 1)
    opened = [one.severity for one in found if one.what == "opened" and one.severity is not None]
    return replace(mark, worst=Severity(max(opened)).word if opened else "")


def _weight(one: Change) -> tuple[int, int, datetime]:
    order = {"opened": 0, "worsened": 0, "silent": 1, "closed": 2, "eased": 2}
    return order.get(one.what, 3), -int(one.severity or 0), one.at


def stood(connection: Connection, farm: str, begin: datetime, end: datetime) -> Farm:
    """Return all that the map shows at any instant of a span, as one farm; its states mean nothing.

    A key has its last value of the span: where a thing stands on the map hangs on keys.
    """
    gone = sorted(at for at in revoked_at(connection, farm).values() if begin < at <= end)[-CAME_AND_WENT:]
    views = [farm_as_of(connection, farm, at) for at in (*(one - timedelta(microseconds=1) for one in gone), end)]
    servers = {server.name: server for view in views for server in view.servers}
    held: dict[str, dict[tuple[str, str | None, str], Held]] = {}
    for row in ended_within(connection, farm, KINDS, begin, end, limit=STOOD):
        context = CONTEXT_NAMES[facts_pb2.Context.ValueType(row.context)]
        fact = parsed(row.digest, row.value)
        one = Held(server=row.server, kind=row.kind, context=context, key=row.key, digest=row.digest, fact=fact,
                   began=row.began)  # fmt: skip
        held.setdefault(row.server, {})[row.kind, context, row.key] = one
        servers.setdefault(row.server, Server(name=row.server, role=row.role, coverage=(), facts={}))
    for server in servers.values():
        mine = held.setdefault(server.name, {})
        mine |= {(one.kind, one.context, one.key): one for kind in KINDS for one in server.facts.get(kind, ())}
    made = tuple(replace(servers[name], facts=_by_kind(held[name].values())) for name in sorted(servers))
    return replace(views[-1], servers=made)


def _by_kind(facts: Iterable[Held]) -> dict[str, tuple[Held, ...]]:
    found: dict[str, list[Held]] = {}
    for one in sorted(facts, key=lambda held: (held.kind, held.key, held.context or "")):
        found.setdefault(one.kind, []).append(one)
    return {kind: tuple(some) for kind, some in found.items()}
