"""Series of samples over a span, from the samples while these are here and from hours and days where they are not.

Which is read of which time is decided so that each sample counts exactly
once: an hour that waits to be worked out is read from its samples, one whose
samples are gone from its figures and those that came late. Where a span ends
within an hour or day of which no finer part is left, that one is left out:
nothing is told of what was later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from farmsight_collector.store import figures, schema
from farmsight_collector.store.figures import Figures
from farmsight_collector.store.rollups import BLOCK_US
from farmsight_collector.store.rows import chunks
from farmsight_collector.store.samples import DAY_US, HOUR_US

SAMPLES: Final = 1  # what is read, by its width in microseconds
_series, _servers = schema.series.c, schema.servers.c
_samples, _pending = schema.samples.c, schema.samples_pending.c


class Series(NamedTuple):
    """One series; from `samples_from` on its samples are here, from `hours_from` on its hours."""

    id: int
    farm_id: int
    server: str
    context: int
    key: str
    samples_from: int
    hours_from: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which series are asked for; empty texts ask for any, no context for all."""

    farm: str
    name: str
    server: str = ""
    context: int | None = None
    key: str = ""
    key_contains: str = ""


@dataclass(kw_only=True)
class Measured:
    """What a series holds in a span; times in microseconds."""

    samples: list[tuple[int, float]] = field(default_factory=list)
    figures: list[tuple[int, Figures]] = field(default_factory=list)


def series(connection: Connection, asked: Asked) -> list[Series]:
    """Return the series, by server, context and key."""
    query = (
        select(_series.id, _series.farm_id, _servers.name, _series.context, _series.key, _series.samples_from,
               _series.hours_from)
        .join(schema.servers, _servers.id == _series.server_id)
        .join(schema.farms, schema.farms.c.id == _series.farm_id)
        .where(schema.farms.c.name == asked.farm, _series.name == asked.name)
        .order_by(_servers.name, _series.context, _series.key)
    )  # fmt: skip
    if asked.server:
        query = query.where(_servers.name == asked.server)
    if asked.context is not None:
        query = query.where(_series.context == asked.context)
    if asked.key:
        query = query.where(_series.key == asked.key)
    if asked.key_contains:
        query = query.where(_series.key.contains(asked.key_contains, autoescape=True, escape="!"))
    return [Series._make(row) for row in connection.execute(query)]


def coarsest(found: Iterable[Series], begin: int) -> int:
    """Return how coarse a span from `begin` on must be read: the width of what all of these series have of it."""
    width = SAMPLES
    for one in found:
        if begin < one.hours_from:
            return DAY_US
        if begin < one.samples_from:
            width = HOUR_US
    return width


def measured(connection: Connection, found: Sequence[Series], begin: int, end: int, width: int) -> dict[int, Measured]:
    """Return by series what lies within [begin, end], as samples, hours or days.

    `begin` is where one of that width begins, and `width` no finer than
    `coarsest` says.
    """
    told = {one.id: Measured() for one in found}
    for farm_id, its in groupby(sorted(found, key=lambda one: one.farm_id), lambda one: one.farm_id):
        for some in chunks(list(its), 2000):
            _Reading(connection, farm_id, some, begin, end, told).read(width)
    return told


class _Reading:
    def __init__(
        self,
        connection: Connection,
        farm_id: int,
        found: Sequence[Series],
        begin: int,
        end: int,
        told: Mapping[int, Measured],
    ) -> None:
        self._connection = connection
        self._farm_id = farm_id
        self._series = found
        self._begin = begin
        self._end = end
        self._told = told

    def read(self, width: int) -> None:
        if width == SAMPLES:
            self._samples({(self._begin, self._end + 1): [one.id for one in self._series]})
            return
        plans = self._plans(width)
        if width == DAY_US:
            self._days(plans)
        self._hours(plans, width)
        self._samples(_ranges(plans, self._end))

    def _plans(self, width: int) -> dict[int, "_Plan"]:
        waiting: dict[int, set[int]] = {}
        edge = self._end // HOUR_US * HOUR_US
        query = self._of(schema.samples_pending, [one.id for one in self._series])
        for series_id, at in self._connection.execute(
            query.add_columns(_pending.at).where(_pending.at >= self._begin, _pending.at <= edge)
        ):
            waiting.setdefault(series_id, set()).add(at)
        return {one.id: _planned(one, waiting.get(one.id, set()), self._end, width) for one in self._series}

    def _days(self, plans: Mapping[int, "_Plan"]) -> None:
        for series_id, begin, held in self._rows(schema.samples_daily, BLOCK_US, list(plans)):
            plan = plans[series_id]
            for place, one in held.items():
                at = begin + place * DAY_US
                if self._begin <= at < self._end and at not in plan.days_apart:
                    self._told[series_id].figures.append((at, one))

    def _hours(self, plans: Mapping[int, "_Plan"], width: int) -> None:
        ids = [series_id for series_id, plan in plans.items() if width == HOUR_US or plan.days_by_hour]
        apart = None if width == HOUR_US else sorted({day for one in ids for day in plans[one].days_by_hour})
        for series_id, day, held in self._rows(schema.samples_hourly, DAY_US, ids, apart):
            plan = plans[series_id]
            if width == DAY_US and day not in plan.days_by_hour:
                continue
            for place, one in held.items():
                at = day + place * HOUR_US
                if self._begin <= at < self._end and at not in plan.hours_hidden:
                    self._told[series_id].figures.append((at, one))

    def _rows(
        self, table: Table, width: int, ids: Sequence[int], ats: Sequence[int] | None = None
    ) -> Iterator[tuple[int, int, dict[int, Figures]]]:
        query = self._of(table, ids).add_columns(table.c.at, table.c.figures)
        if ats is None:
            query = query.where(table.c.at > self._begin - width, table.c.at < self._end)
        elif not ats:
            return
        else:
            query = query.where(table.c.at.in_(ats))
        for series_id, at, data in self._connection.execute(query):
            yield series_id, at, figures.unpack(bytes(data))

    def _samples(self, ranges: Mapping[tuple[int, int], Sequence[int]]) -> None:
        for (begin, end), ids in ranges.items():
            query = self._of(schema.samples, ids).add_columns(_samples.at, _samples.value)
            query = query.where(_samples.at >= begin, _samples.at < end)
            for series_id, at, value in self._connection.execute(query):
                self._told[series_id].samples.append((at, value))

    def _of(self, table: Table, ids: Sequence[int]) -> Any:  # noqa: ANN401 - a Select of one column
        return select(table.c.series_id).where(table.c.farm_id == self._farm_id, table.c.series_id.in_(ids))


class _Plan(NamedTuple):
    by_sample: set[int]  # hours of which samples are read
    hours_hidden: set[int]  # hours whose figures are not
    days_by_hour: set[int]  # days of which hours are read
    days_apart: set[int]  # days whose figures are not read


def _planned(one: Series, waiting: set[int], end: int, width: int) -> _Plan:
    """Say what is read of a series. An hour at the edge of the span is read from samples, or not at all."""
    edge = {end // HOUR_US * HOUR_US} if end % HOUR_US else set()
    by_sample = waiting | edge
    hidden = {hour for hour in by_sample if hour >= one.samples_from} | edge
    if width == HOUR_US:
        return _Plan(by_sample, hidden, set(), set())
    edge_day = {end // DAY_US * DAY_US} if end % DAY_US else set()
    touched = {hour // DAY_US * DAY_US for hour in by_sample} | edge_day
    by_hour = {day for day in touched if day >= one.hours_from}
    return _Plan(by_sample, hidden, by_hour, by_hour | edge_day)


def _ranges(plans: Mapping[int, _Plan], end: int) -> dict[tuple[int, int], list[int]]:
    """Return which series are read from their samples over which stretches of hours: most have the same."""
    found: dict[tuple[int, int], list[int]] = {}
    for series_id, plan in plans.items():
        for begin, to in _stretches(sorted(plan.by_sample)):
            found.setdefault((begin, min(to, end + 1)), []).append(series_id)
    return found


def _stretches(hours: Sequence[int]) -> Iterator[tuple[int, int]]:
    begin = to = -1
    for hour in hours:
        if hour != to:
            if to > begin:
                yield begin, to
            begin = hour
        to = hour + HOUR_US
    if to > begin:
        yield begin, to
