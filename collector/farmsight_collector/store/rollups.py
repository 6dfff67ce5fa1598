"""Hours and days of samples, which stay when the samples go.

Each series has an instant from which on its samples are here
(`samples_from`), and one from which on its hours are (`hours_from`). An hour
whose samples are here is worked out of them, anew whenever more of them come.
To an hour, or a day, whose parts are gone, samples that come late are added,
and go. So each sample is in the figures exactly once, whenever it comes and
whatever was removed before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Table, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import figures, schema
from farmsight_collector.store.figures import Figures
from farmsight_collector.store.samples import DAY_US, HOUR_US

BLOCK_US: Final = 8 * DAY_US  # of days that one row holds; larger ones spill out of their page in SQLite
_pending = schema.samples_pending.c
_samples = schema.samples.c
_series = schema.series.c


class Line(NamedTuple):
    """One series, and from when on its parts are here."""

    farm_id: int
    series_id: int
    samples_from: int
    hours_from: int


def roll_up(connection: Connection, now: datetime, *, limit: int) -> int:
    """Work out up to `limit` hours that are over and got samples, and their days; return how many."""
    over = micros(now) // HOUR_US * HOUR_US
    query = select(_pending.farm_id, _pending.series_id, _pending.at).where(_pending.at < over)
    # An hour to which samples are being added this moment is left for the next time.
    query = query.order_by(_pending.at).limit(limit).with_for_update(skip_locked=True)
    hours = sorted(tuple(row) for row in connection.execute(query))
    lines = _locked(connection, {one[:2] for one in hours})
    for key, its in groupby(hours, key=lambda one: one[:2]):
        line, ats = lines[key], [one[2] for one in its]
        for day, of_day in groupby(ats, key=lambda at: at // DAY_US * DAY_US):
            _work_out(connection, line, day, list(of_day))
    for some in (hours[at : at + 500] for at in range(0, len(hours), 500)):
        name = tuple_(_pending.farm_id, _pending.series_id, _pending.at)
        connection.execute(delete(schema.samples_pending).where(name.in_(some)))
    return len(hours)


def seal(connection: Connection, farm_id: int, series_id: int, until: int) -> int | None:
    """Remove the samples of one day of a series that are older than `until`, a day's beginning; return how many.

    They are worked out into their hours and day by the same transaction. None
    when there were none: then none are left before `until`.
    """
    line = _locked(connection, {(farm_id, series_id)})[farm_id, series_id]
    first = connection.scalar(
        select(func.min(_samples.at)).where(*_of(line), _samples.at >= line.samples_from, _samples.at < until)
    )
    end = until if first is None else min(first // DAY_US * DAY_US + DAY_US, until)
    if end > line.samples_from:
        _set(connection, line, samples_from=end)
    if first is None:
        return None
    gone = _taken(connection, line, line.samples_from, end)
    day = first // DAY_US * DAY_US
    hours = _hours(connection, line, day)
    hours.update(_by_hour(gone, day))
    _keep(connection, line, day, hours)
    return len(gone)


def drop_hours(connection: Connection, series_ids: Sequence[int], until: int) -> int:
    """Remove the hours of series that are older than `until`, a day's beginning; return of how many days.

    Hours whose samples are here stay: they would come again.
    """
    query = select(_series.id).where(_series.id.in_(series_ids), _series.samples_from >= until)
    sealed = list(connection.scalars(query.order_by(_series.id).with_for_update(key_share=True)))
    moved = update(schema.series).where(_series.id.in_(sealed), _series.hours_from < until)
    connection.execute(moved.values(hours_from=until))
    columns = schema.samples_hourly.c
    of_farms = select(_series.farm_id).where(_series.id.in_(sealed))
    old = (columns.farm_id.in_(of_farms), columns.series_id.in_(sealed), columns.at < until)
    return connection.execute(delete(schema.samples_hourly).where(*old)).rowcount


def _work_out(connection: Connection, line: Line, day: int, hours: list[int]) -> None:
    """Bring hours of one day up to date with the samples that are here."""
    if day < line.hours_from:
        late = [value for hour in hours for _, value in _taken(connection, line, hour, hour + HOUR_US)]
        if late:
            _add_to_day(connection, line, day, figures.of(late))
        return
    held = _hours(connection, line, day)
    for hour in hours:
        place = (hour - day) // HOUR_US
        if hour >= line.samples_from:
            values = _values(connection, line, hour, hour + HOUR_US)
            new = figures.of(values) if values else None
        else:
            late = [value for _, value in _taken(connection, line, hour, hour + HOUR_US)]
            parts = [held[place]] if place in held else []
            new = figures.merged([*parts, figures.of(late)] if late else parts)
        if new is not None:
            held[place] = new
    _keep(connection, line, day, held)


def _by_hour(rows: Iterable[tuple[int, float]], day: int) -> dict[int, Figures]:
    values: dict[int, list[float]] = {}
    for at, value in rows:
        values.setdefault((at - day) // HOUR_US, []).append(value)
    return {place: figures.of(its) for place, its in values.items()}


def _keep(connection: Connection, line: Line, day: int, hours: Mapping[int, Figures]) -> None:
    """Write the hours of a day, and the day."""
    whole = figures.merged(hours.values())
    if whole is None:
        return
    _put(connection, schema.samples_hourly, line, day, hours)
    _change_day(connection, line, day, lambda _before: whole)


def _add_to_day(connection: Connection, line: Line, day: int, late: Figures) -> None:
    _change_day(connection, line, day, lambda before: late if before is None else figures.merged((before, late)))


def _change_day(
    connection: Connection, line: Line, day: int, change: Callable[[Figures | None], Figures | None]
) -> None:
    block = day // BLOCK_US * BLOCK_US
    days, place = _row(connection, schema.samples_daily, line, block), (day - block) // DAY_US
    new = change(days.get(place))
    if new is not None:
        _put(connection, schema.samples_daily, line, block, {**days, place: new})


def _hours(connection: Connection, line: Line, day: int) -> dict[int, Figures]:
    return _row(connection, schema.samples_hourly, line, day)


def _row(connection: Connection, table: Table, line: Line, at: int) -> dict[int, Figures]:
    columns = table.c
    query = select(columns.figures).where(
        columns.farm_id == line.farm_id, columns.series_id == line.series_id, columns.at == at
    )
    data = connection.scalar(query)
    return {} if data is None else figures.unpack(bytes(data))


def _put(connection: Connection, table: Table, line: Line, at: int, held: Mapping[int, Figures]) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"farm_id": line.farm_id, "series_id": line.series_id, "at": at, "figures": figures.pack(held)}
    statement = insert(table).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["farm_id", "series_id", "at"], set_={"figures": statement.excluded.figures}
        )
    )


def _values(connection: Connection, line: Line, begin: int, end: int) -> list[float]:
    query = select(_samples.value).where(*_of(line), _samples.at >= begin, _samples.at < end)
    return list(connection.scalars(query))


def _taken(connection: Connection, line: Line, begin: int, end: int) -> list[tuple[int, float]]:
    """Remove samples and return them: just those, whatever is added meanwhile."""
    statement = delete(schema.samples).where(*_of(line), _samples.at >= begin, _samples.at < end)
    return [(at, value) for at, value in connection.execute(statement.returning(_samples.at, _samples.value))]


def _of(line: Line) -> Iterator[ColumnElement[bool]]:
    yield _samples.farm_id == line.farm_id
    yield _samples.series_id == line.series_id


def _set(connection: Connection, line: Line, **values: int) -> None:
    connection.execute(update(schema.series).where(_series.id == line.series_id).values(**values))


def _locked(connection: Connection, names: Iterable[tuple[int, ...]]) -> dict[tuple[int, ...], Line]:
    """Return series by farm and id, held against others who work out or remove until the transaction ends."""
    query = select(_series.farm_id, _series.id, _series.samples_from, _series.hours_from)
    query = query.where(_series.id.in_({one[1] for one in names})).order_by(_series.id).with_for_update(key_share=True)
    return {(row[0], row[1]): Line(*row) for row in connection.execute(query)}
