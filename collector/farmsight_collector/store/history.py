"""The history of facts: intervals of a farm, by server, kind and key."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, func, literal, or_, select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema

_LIKE_ESCAPE = "!"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One fact over one interval; `ended` is None while it is so."""

    server: str
    context: int  # the number of the wire's enum
    kind: str
    key: str
    began: datetime
    ended: datetime | None
    digest: bytes
    value: bytes  # the serialised Fact


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for; empty texts ask for any."""

    farm: str
    begin: datetime
    end: datetime
    server: str = ""
    kind: str = ""
    key_contains: str = ""
    kinds: tuple[str, ...] = ()
    mentions: tuple[bytes, ...] = ()  # any of these stands in the fact's key or in its value


def intervals(connection: Connection, wanted: Wanted, *, skip: int, limit: int) -> list[Interval]:
    """Return intervals that meet [begin, end], those that began last first."""
    facts, slots, servers = schema.facts.c, schema.slots.c, schema.servers.c
    query = (
        select(servers.name, slots.context, facts.kind, facts.key, facts.began, facts.ended, facts.digest, facts.value)
        .select_from(schema.facts)
        .join(schema.slots, slots.id == facts.slot_id)
        .join(schema.servers, servers.id == slots.server_id)
        .join(schema.farms, schema.farms.c.id == facts.farm_id)
        .where(*_conditions(connection, wanted))
        .order_by(facts.began.desc(), servers.name, facts.kind, facts.key, slots.context)
        .offset(skip)
        .limit(limit)
    )
    return [
        Interval(
            server=row.name,
            context=row.context,
            kind=row.kind,
            key=row.key,
            began=moment(row.began),
            ended=None if row.ended == schema.OPEN else moment(row.ended),
            digest=bytes(row.digest),
            value=bytes(row.value),
        )
        for row in connection.execute(query)
    ]


def _conditions(connection: Connection, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    facts = schema.facts.c
    yield schema.farms.c.name == wanted.farm
    yield facts.began <= micros(wanted.end)
    yield facts.ended > micros(wanted.begin)
    if wanted.server:
        yield schema.servers.c.name == wanted.server
    if wanted.kind:
        yield facts.kind == wanted.kind
    if wanted.key_contains:
        yield facts.key.contains(wanted.key_contains, autoescape=True, escape=_LIKE_ESCAPE)
    if wanted.kinds:
        yield facts.kind.in_(wanted.kinds)
    if wanted.mentions:
        yield or_(*(_mentions(connection, one) for one in wanted.mentions))


def _mentions(connection: Connection, said: bytes) -> ColumnElement[Any]:
    """Return a condition: some bytes stand in a fact's value."""
    value, wanted = schema.facts.c.value, literal(said, LargeBinary)
    if connection.dialect.name == "sqlite":
        return func.instr(value, wanted) > 0
    return func.position(wanted.op("IN")(value)) > 0
