"""Facts as intervals: what holds, since when, until when."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from farmsight_collector.store import schema
from farmsight_collector.store.rows import chunks, fetch_rows, insert_rows, update_rows

_columns = schema.facts.c


class FactRow(NamedTuple):
    """One fact over one interval; times in microseconds."""

    slot_id: int
    kind: str
    key: str
    began: int
    ended: int
    digest: bytes
    value: bytes


class HeldRow(NamedTuple):
    """A fact without its value, which its digest stands for."""

    slot_id: int
    kind: str
    key: str
    began: int
    digest: bytes


def open_rows(connection: Connection, farm_id: int, slot_ids: Collection[int]) -> Iterator[HeldRow]:
    """Yield the facts of slots that are so to this day."""
    yield from map(HeldRow._make, connection.execute(_open(farm_id, slot_ids)).all())


def open_rows_named(
    connection: Connection, farm_id: int, slot_ids: Collection[int], kinds: Collection[str], keys: Collection[str]
) -> Iterator[HeldRow]:
    """Yield those facts of slots that are so to this day and have one of some kinds and keys."""
    query = _open(farm_id, slot_ids).where(_columns.kind.in_(kinds))
    for some in chunks(sorted(keys)):
        yield from map(HeldRow._make, connection.execute(query.where(_columns.key.in_(some))).all())


def as_of(connection: Connection, farm_id: int, slot_ids: Collection[int], at: int) -> list[FactRow]:
    """Return the facts of slots that held at an instant, in no order."""
    found: list[FactRow] = []
    for some in chunks(sorted(slot_ids)):
        slots = ", ".join(["{mark}"] * len(some))
        where = f"farm_id = {{mark}} AND ended > {{mark}} AND began <= {{mark}} AND slot_id IN ({slots})"
        rows = fetch_rows(connection, schema.facts, FactRow._fields, where, (farm_id, at, at, *some))
        found.extend(map(FactRow._make, rows))
    return found


def touching(connection: Connection, farm_id: int, slot_id: int, begin: int, end: int) -> list[FactRow]:
    """Return the facts of a slot whose intervals meet [begin, end], at its borders too."""
    query = _whole().where(_columns.farm_id == farm_id, _columns.slot_id == slot_id)
    rows = connection.execute(query.where(_columns.ended >= begin, _columns.began <= end))
    return [FactRow(*row) for row in rows]


def add(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Insert facts, each the farm and the values of a FactRow."""
    insert_rows(connection, schema.facts, rows)


def end(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Set when facts ended: each the end, then farm, slot, kind, key and beginning."""
    update_rows(connection, schema.facts, "ended", rows)


def replace(connection: Connection, farm_id: int, old: Sequence[FactRow], new: Sequence[FactRow]) -> bool:
    """Turn the old rows of a slot into the new ones; False when they are the same."""
    gone, come = sorted(set(old) - set(new)), sorted(set(new) - set(old))
    if gone:
        names = [
            {"of_farm": farm_id, "of_slot": r.slot_id, "of_kind": r.kind, "of_key": r.key, "of_began": r.began}
            for r in gone
        ]
        connection.execute(_REMOVE, names)
    add(connection, [(farm_id, *row) for row in come])
    return bool(gone or come)


_ONE: Final = (
    _columns.farm_id == bindparam("of_farm"),
    _columns.slot_id == bindparam("of_slot"),
    _columns.kind == bindparam("of_kind"),
    _columns.key == bindparam("of_key"),
    _columns.began == bindparam("of_began"),
)
_REMOVE: Final = delete(schema.facts).where(*_ONE)


def _open(farm_id: int, slot_ids: Collection[int]) -> Any:  # noqa: ANN401 - a Select of five columns
    query = select(*(_columns[name] for name in HeldRow._fields))
    return query.where(_columns.farm_id == farm_id, _columns.slot_id.in_(slot_ids), _columns.ended == schema.OPEN)


def _whole() -> Any:  # noqa: ANN401 - a Select of seven columns
    return select(*(_columns[name] for name in FactRow._fields))
