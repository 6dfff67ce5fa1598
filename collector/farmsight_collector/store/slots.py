"""Slots: a part of a probe's field on one server in one context, which facts and coverage are held per."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from farmsight_collector.store import schema
from farmsight_collector.store.rows import insert_missing

SLOTS_OF_A_SERVER: Final = 1000  # far over what probes yield; a bound for a hostile agent
_columns = schema.slots.c


class SlotKey(NamedTuple):
    """What a report speaks of."""

    server_id: int
    probe: str
    part: str
    context: int


def slots_of(connection: Connection, server_ids: Collection[int]) -> dict[SlotKey, int]:
    """Return the ids of all slots of some servers."""
    query = select(_columns.id, _columns.server_id, _columns.probe, _columns.part, _columns.context)
    rows = connection.execute(query.where(_columns.server_id.in_(server_ids)))
    return {SlotKey(r.server_id, r.probe, r.part, r.context): r.id for r in rows}


def add_slots(connection: Connection, farm_id: int, keys: Iterable[SlotKey]) -> None:
    """Add slots that are new."""
    insert_missing(connection, schema.slots, [{"farm_id": farm_id, **key._asdict()} for key in keys])


class SlotRow(NamedTuple):
    """A slot; `revision` grows whenever its past is rewritten."""

    id: int
    server_id: int
    probe: str
    part: str
    context: int
    revision: int


def slots_of_farm(connection: Connection, farm_id: int) -> list[SlotRow]:
    """Return all slots of a farm, by server, probe, part and context."""
    query = select(*(_columns[name] for name in SlotRow._fields)).where(_columns.farm_id == farm_id)
    order = (_columns.server_id, _columns.probe, _columns.part, _columns.context)
    return [SlotRow._make(row) for row in connection.execute(query.order_by(*order))]


def note_rewritten(connection: Connection, slot_id: int) -> None:
    """Note that the past of a slot is not what it was."""
    statement = update(schema.slots).where(_columns.id == slot_id)
    connection.execute(statement.values(revision=_columns.revision + 1))
