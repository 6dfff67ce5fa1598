"""What one probe saw over a span: its runs, and the intervals of one kind of fact, each value read once."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_collector.store.coverage import Run, holds_us
from farmsight_collector.store.rows import chunks
from farmsight_collector.store.schema import OPEN

MOST: Final = 200_000  # intervals that one answer reads
_AT_ONCE: Final = 400  # values by their names, five parameters each
_facts, _runs, _slots, _servers = schema.facts.c, schema.coverage.c, schema.slots.c, schema.servers.c
_NAME: Final = (_facts.farm_id, _facts.slot_id, _facts.kind, _facts.key, _facts.began)


class Slot(NamedTuple):
    """What runs and intervals are of: a server's name, and the number of an account."""

    id: int
    farm_id: int
    server: str
    context: int


class Piece(NamedTuple):
    """One fact over one interval, without its value; times in microseconds."""

    slot_id: int
    key: str
    began: int
    ended: int
    digest: bytes


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which kind of fact is asked for, over [begin, end]; empty texts ask for any."""

    farm: str
    probe: str
    kind: str
    begin: datetime
    end: datetime
    server: str = ""
    key: str = ""


def slots(connection: Connection, asked: Asked) -> list[Slot]:
    """Return the slots of the probe."""
    query = (
        select(_slots.id, _slots.farm_id, _servers.name, _slots.context)
        .join(schema.servers, _servers.id == _slots.server_id)
        .join(schema.farms, schema.farms.c.id == _slots.farm_id)
        .where(schema.farms.c.name == asked.farm, _slots.probe == asked.probe)
        .order_by(_servers.name, _slots.context)
    )
    if asked.server:
        query = query.where(_servers.name == asked.server)
    return [Slot(*row) for row in connection.execute(query)]


def runs(connection: Connection, asked: Asked, found: Iterable[Slot]) -> Iterator[Run]:
    """Yield the runs of these slots that meet the span, of each slot in order."""
    query = select(*(_runs[name] for name in Run._fields)).where(
        _runs.began <= micros(asked.end), _runs.ended > micros(asked.begin)
    )
    for farm_id, some in _by_farm(found):
        rows = query.where(_runs.farm_id == farm_id, _runs.slot_id.in_(some))
        yield from map(Run._make, connection.execute(rows.order_by(_runs.slot_id, _runs.began)))


def runs_by_slot(connection: Connection, asked: Asked, found: Iterable[Slot]) -> dict[int, list[Run]]:
    """Return the same by slot, with runs as one that could look and follow each other without a gap."""
    by_slot: dict[int, list[Run]] = {}
    for run in runs(connection, asked, found):
        held = by_slot.setdefault(run.slot_id, [])
        if held and _follows(held[-1], run):
            held[-1] = held[-1]._replace(ended=run.ended, covered_until=run.covered_until, cadence_us=run.cadence_us)
        else:
            held.append(run)
    return by_slot


def _follows(before: Run, run: Run) -> bool:
    seamless = before.ended == run.began and before.covered_until + holds_us(before.cadence_us) >= run.began
    return before.known and run.known and seamless


def pieces(connection: Connection, asked: Asked, found: Iterable[Slot]) -> Iterator[Piece]:
    """Yield the intervals of these slots that meet the span, in order; not more than a number of them."""
    yield from (Piece._make(row) for row in _pieces(connection, asked, found, *(_facts[n] for n in Piece._fields)))


def pieces_read(
    connection: Connection, asked: Asked, found: Iterable[Slot], values: dict[bytes, bytes]
) -> Iterator[Piece]:
    """Yield the same, and put the serialised fact of each digest among the values: where most of them are others."""
    columns = (*(_facts[name] for name in Piece._fields), _facts.value)
    for *piece, value in _pieces(connection, asked, found, *columns):
        one = Piece._make(piece)
        values.setdefault(bytes(one.digest), value)
        yield one


def _pieces(connection: Connection, asked: Asked, found: Iterable[Slot], *columns: Any) -> Iterator[Any]:  # noqa: ANN401 - columns and rows
    query = select(*columns).where(
        _facts.kind == asked.kind, _facts.began <= micros(asked.end), _facts.ended > micros(asked.begin)
    )
    if asked.key:
        query = query.where(_facts.key == asked.key)
    for farm_id, some in _by_farm(found):
        rows = query.where(_facts.farm_id == farm_id, _facts.slot_id.in_(some))
        order = rows.order_by(_facts.slot_id, _facts.key, _facts.began).limit(MOST)
        yield from connection.execute(order)


def current(connection: Connection, asked: Asked, found: Iterable[Slot]) -> Iterator[tuple[int, str]]:
    """Yield slot and key of what is so to this day."""
    for farm_id, some in _by_farm(found):
        query = select(_facts.slot_id, _facts.key).where(
            _facts.farm_id == farm_id, _facts.slot_id.in_(some), _facts.ended == OPEN, _facts.kind == asked.kind
        )
        yield from ((row[0], row[1]) for row in connection.execute(query.order_by(_facts.slot_id, _facts.key)))


def values(connection: Connection, asked: Asked, farm_id: int, wanted: Iterable[Piece]) -> dict[bytes, bytes]:
    """Return the serialised fact of each digest that these intervals have: one of several equal ones."""
    one_of = {bytes(piece.digest): piece for piece in wanted}
    names = [(farm_id, piece.slot_id, asked.kind, piece.key, piece.began) for piece in one_of.values()]
    query = select(_facts.digest, _facts.value)
    return {
        bytes(digest): bytes(value)
        for some in chunks(names, _AT_ONCE)
        for digest, value in connection.execute(query.where(tuple_(*_NAME).in_(list(some))))
    }


def _by_farm(found: Iterable[Slot]) -> Iterator[tuple[int, Collection[int]]]:
    by_farm: dict[int, list[int]] = {}
    for slot in found:
        by_farm.setdefault(slot.farm_id, []).append(slot.id)
    for farm_id, ids in by_farm.items():
        for some in chunks(ids):
            yield farm_id, some
