"""What turned in a farm: facts that began, ended, or got another value, each at an instant.

What a slot held when it was first looked at did not turn: nobody knows what
was before. What could not be looked at in between turned when it was seen
again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Connection, Row

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_wire.v1.facts_pb2 import Context
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, KIND_BY_NAME

_facts, _slots, _servers = schema.facts.c, schema.slots.c, schema.servers.c
_Name = tuple[str, int, str, str, int]  # server, context, kind, key, instant


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One change of one fact: `before` and `after` are the serialised Fact, None where there was or is none."""

    server: str
    kind: str
    context: str | None
    key: str
    at: datetime
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What turned within (begin, end], of which kinds."""

    farm: str
    kinds: frozenset[str]
    begin: datetime
    end: datetime
    server: str = ""  # empty: of all


@dataclass(frozen=True, kw_only=True)
class Turned:
    """What turned, the last first. Only what turned later than `after` is told in full: the rest was too much."""

    turns: tuple[Turn, ...]
    after: datetime


def turns(connection: Connection, asked: Asked, *, limit: int) -> list[Turn]:
    """Return what turned, the last first; of more than `limit` intervals that began, or that ended, the last ones."""
    return list(turned(connection, asked, limit=limit).turns)


def turned(connection: Connection, asked: Asked, *, limit: int) -> Turned:
    """Return the same, with from when on nothing is left out."""
    first, last = micros(asked.begin), micros(asked.end)
    began = _rows(connection, asked, _facts.began, limit)
    ended = _rows(connection, asked, _facts.ended, limit)
    after = {_name(row, row.began): bytes(row.value) for row in began}
    before = {_name(row, row.ended): bytes(row.value) for row in ended if first < row.ended <= last}
    found = [_turn(name, before.get(name), after.get(name)) for name in {**before, **after}]
    found.sort(key=lambda one: (-micros(one.at), one.server, one.kind, one.key, one.context or ""))
    cut = [getattr(rows[-1], column) for rows, column in ((began, "began"), (ended, "ended")) if len(rows) == limit]
    return Turned(turns=tuple(found), after=moment(max([*cut, first])))


def _rows(connection: Connection, asked: Asked, column: Any, limit: int) -> list[Row[Any]]:  # noqa: ANN401 - a Column
    query = (
        select(_servers.name, _slots.context, _facts.slot_id, _facts.kind, _facts.key, _facts.began, _facts.ended,
               _facts.value)
        .select_from(schema.facts)
        .join(schema.slots, _slots.id == _facts.slot_id)
        .join(schema.servers, _servers.id == _slots.server_id)
        .where(
            _facts.farm_id == _farm(asked.farm),
            _facts.slot_id.in_(_slots_of(asked)),
            _facts.kind.in_(sorted(asked.kinds)),
            column > micros(asked.begin),
            column <= micros(asked.end),
        )
        .order_by(column.desc(), _servers.name, _facts.kind, _facts.key, _slots.context)
        .limit(limit)
    )  # fmt: skip
    if column is _facts.began:
        looked = _first_looks(asked)
        query = query.join(looked, looked.c.slot_id == _facts.slot_id).where(_facts.began > looked.c.began)
    return list(connection.execute(query))


def _first_looks(asked: Asked) -> Any:  # noqa: ANN401 - a subquery of two columns
    """Return when each slot was first looked at and seen."""
    columns = schema.coverage.c
    return (
        select(columns.slot_id, func.min(columns.began).label("began"))
        .where(columns.farm_id == _farm(asked.farm), columns.slot_id.in_(_slots_of(asked)), columns.known)
        .group_by(columns.slot_id)
        .subquery()
    )


def _slots_of(asked: Asked) -> Any:  # noqa: ANN401 - a Select of one column
    probes: Iterable[str] = sorted({KIND_BY_NAME[kind].probe for kind in asked.kinds})
    query = select(_slots.id).where(_slots.farm_id == _farm(asked.farm), or_(*(_slots.probe == one for one in probes)))
    if not asked.server:
        return query
    named = func.lower(_servers.name) == asked.server.lower()
    return query.join(schema.servers, _servers.id == _slots.server_id).where(named)


def _farm(name: str) -> Any:  # noqa: ANN401 - a Select of one value
    return select(schema.farms.c.id).where(schema.farms.c.name == name).scalar_subquery()


def _name(row: Row[Any], at: int) -> _Name:
    return row.name, row.context, row.kind, row.key, at


def _turn(name: _Name, before: bytes | None, after: bytes | None) -> Turn:
    server, context, kind, key, at = name
    told = CONTEXT_NAMES[Context.ValueType(context)]
    return Turn(server=server, kind=kind, context=told, key=key, at=moment(at), before=before, after=after)
