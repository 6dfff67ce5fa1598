"""Runs that were reported, each from its own instant to the next run's."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, case, delete, func, select, tuple_, update
from sqlalchemy.engine import Connection, Row

from farmsight_collector.store import schema
from farmsight_collector.store.rows import chunks

_columns = schema.coverage.c
_slots = schema.slots.c
_GRACE_US: Final = 90_000_000
_DAY_US: Final = 86_400_000_000


class Run(NamedTuple):
    """One run of one slot; times in microseconds."""

    slot_id: int
    began: int
    ended: int
    covered_until: int
    known: bool
    outcome: int
    reason: str
    detail: str
    source: str
    digest: bytes
    fact_count: int
    cadence_us: int
    rank: str


class ProbeRun(NamedTuple):
    """The newest run of one slot, as check-ins are held against it; times in microseconds."""

    server_id: int
    probe: str
    part: str
    context: int
    slot_id: int
    began: int
    covered_until: int
    digest: bytes
    cadence_us: int


def holds_us(cadence_us: int) -> int:
    """Return for how long a run says what is so, from its last sign: the one rule of what is stale.

    Until two more were missed and a grace is over; for 400 days when it runs once.
    """
    return 2 * cadence_us + _GRACE_US if cadence_us else 400 * _DAY_US


class Neighbours(NamedTuple):
    """The runs around an instant of one slot."""

    before: Run | None
    known_before: Run | None
    there: Run | None  # at the very instant
    after: Run | None
    known_after: Run | None


def newest(connection: Connection, farm_id: int, slot_ids: Collection[int]) -> list[Run]:
    """Return the newest run of each slot."""
    return _runs(
        connection,
        _all().where(_columns.farm_id == farm_id, _columns.slot_id.in_(slot_ids), _columns.ended == schema.OPEN),
    )


def newest_of_probes(
    connection: Connection, server_ids: Collection[int], probes: Collection[str]
) -> Iterator[ProbeRun]:
    """Yield the newest runs of these probes on these servers."""
    for some in chunks(sorted(server_ids)):
        for row in connection.execute(_NEWEST_OF_PROBES, {"servers": some, "probes": sorted(probes)}):
            yield ProbeRun._make(row)


def as_of(connection: Connection, farm_id: int, slot_ids: Collection[int], at: int) -> list[Run]:
    """Return the run of each slot that holds at an instant: the last one that had begun, found by one look a slot."""
    earlier = schema.coverage.alias()
    last = (
        select(func.max(earlier.c.began))
        .where(earlier.c.farm_id == farm_id, earlier.c.slot_id == _slots.id, earlier.c.began <= at)
        .scalar_subquery()
    )
    name = tuple_(_columns.farm_id, _columns.slot_id, _columns.began)
    found: list[Run] = []
    for some in chunks(sorted(slot_ids)):
        names = select(_slots.farm_id, _slots.id, last).where(_slots.id.in_(some))
        found += _runs(connection, _all().where(name.in_(names), _columns.ended > at))
    return found


def newest_known(connection: Connection, farm_id: int, slot_id: int) -> Run | None:
    """Return the newest run of a slot that could look."""
    slot = _all().where(_columns.farm_id == farm_id, _columns.slot_id == slot_id)
    return _first(connection, slot.where(_columns.known).order_by(_columns.began.desc()))


def neighbours(connection: Connection, farm_id: int, slot_id: int, at: int) -> Neighbours:
    """Return the runs around an instant of a slot."""
    slot = _all().where(_columns.farm_id == farm_id, _columns.slot_id == slot_id)
    earlier = slot.where(_columns.began < at).order_by(_columns.began.desc())
    later = slot.where(_columns.began > at).order_by(_columns.began)
    return Neighbours(
        before=_first(connection, earlier),
        known_before=_first(connection, earlier.where(_columns.known)),
        there=_first(connection, slot.where(_columns.began == at)),
        after=_first(connection, later),
        known_after=_first(connection, later.where(_columns.known)),
    )


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert runs, given as mappings of all columns."""
    if rows:
        connection.execute(schema.coverage.insert(), list(rows))


def end(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """End runs: `of_farm`, `of_slot`, `of_began` name each, `ends` is when the next run was."""
    if rows:
        connection.execute(_END, list(rows))


def shorten(connection: Connection, farm_id: int, slot_id: int, began: int, to: int) -> None:
    """Let a run be covered no longer than `to`, where another one was found to begin."""
    connection.execute(
        update(schema.coverage)
        .where(
            _columns.farm_id == farm_id,
            _columns.slot_id == slot_id,
            _columns.began == began,
            _columns.covered_until > to,
        )
        .values(covered_until=to)
    )


def remove(connection: Connection, farm_id: int, slot_id: int, began: int) -> None:
    """Remove a run that lost against another of the same instant."""
    connection.execute(
        delete(schema.coverage).where(_columns.farm_id == farm_id, _columns.slot_id == slot_id, _columns.began == began)
    )


def extend(connection: Connection, runs: Iterable[tuple[int, int, int, int]]) -> bool:
    """Note of newest runs that it was still so; each is farm, slot, beginning, and until when.

    Returns False when one of them is not the newest of its slot any more: it is left as it is.
    """
    # In one order, so that no two writers deadlock.
    rows = [
        {"of_farm": farm, "of_slot": slot, "of_began": began, "until": until}
        for farm, slot, began, until in sorted(runs)
    ]
    return not rows or connection.execute(_EXTEND, rows).rowcount == len(rows)


_ONE: Final = (
    _columns.farm_id == bindparam("of_farm"),
    _columns.slot_id == bindparam("of_slot"),
    _columns.began == bindparam("of_began"),
)
_END: Final = update(schema.coverage).where(*_ONE).values(ended=bindparam("ends"))
_LATER: Final = case(
    (_columns.covered_until < bindparam("until"), bindparam("until")),
    else_=_columns.covered_until,
)
_EXTEND: Final = update(schema.coverage).where(*_ONE, _columns.ended == schema.OPEN).values(covered_until=_LATER)
_NEWEST_OF_PROBES: Final = (
    select(*((_columns if name in _columns else _slots)[name] for name in ProbeRun._fields))
    .join_from(schema.slots, schema.coverage, (_columns.farm_id == _slots.farm_id) & (_columns.slot_id == _slots.id))
    .where(
        _slots.server_id.in_(bindparam("servers", expanding=True)),
        _slots.probe.in_(bindparam("probes", expanding=True)),
        _columns.ended == schema.OPEN,
    )
)


def _all() -> Any:  # noqa: ANN401 - a Select of thirteen columns
    return select(*(_columns[name] for name in Run._fields))


def _runs(connection: Connection, query: Any) -> list[Run]:  # noqa: ANN401 - a Select
    return [_run(row) for row in connection.execute(query).all()]


def _first(connection: Connection, query: Any) -> Run | None:  # noqa: ANN401 - a Select
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _run(row)


def _run(row: Row[Any]) -> Run:
    return Run._make(row)
