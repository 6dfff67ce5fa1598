"""Samples: numbers in time, by series."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp, micros
from farmsight_collector.store import schema
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.rows import chunks, insert_missing
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, SERIES

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
KEY_BYTES: Final = 2000
SERIES_OF_A_SERVER: Final = 5000  # far over what probes measure; a bound for a hostile agent

_series = schema.series.c
_samples = schema.samples.c


class SeriesKey(NamedTuple):
    """What makes a series."""

    server_id: int
    name: str
    context: int
    key: str


class NewSample(NamedTuple):
    """One number, with the series that it belongs to; `at` in microseconds."""

    farm_id: int
    series: SeriesKey
    at: int
    value: float


def from_wire(
    agent: AgentRow, found: Iterable[telemetry_pb2.Sample], shift: timedelta, received: datetime
) -> Iterator[NewSample]:
    """Yield those samples that the contract allows, with their times shifted; none later than received."""
    for one in found:
        if one.series not in SERIES or one.context not in CONTEXT_NAMES or not math.isfinite(one.value):
            continue
        if len(one.key.encode()) > KEY_BYTES or "\0" in one.key:
            continue
        try:
            at = min(from_timestamp(one.at) + shift, received)
        except (ValueError, OverflowError):
            continue
        key = SeriesKey(agent.server_id, one.series, one.context, one.key)
        yield NewSample(agent.farm_id, key, micros(at), one.value)


def add(connection: Connection, new: Iterable[NewSample]) -> None:
    """Store samples; one that is there already (same series and instant) is left alone."""
    new = list(new)
    if not new:
        return
    ids = _ensure_series(connection, new)
    rows = [
        {"farm_id": one.farm_id, "series_id": ids[one.series], "at": one.at, "value": one.value}
        for one in new
        if one.series in ids
    ]
    hours = {(row["farm_id"], row["series_id"], row["at"] // HOUR_US * HOUR_US) for row in rows}
    insert_missing(connection, schema.samples, rows)
    pending = [{"farm_id": farm, "series_id": one, "at": at} for farm, one, at in sorted(hours)]
    _note_pending(connection, pending)


def _note_pending(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note hours to be worked out; where another transaction works one out right now, wait for it and note it anew."""
    if connection.dialect.name == "sqlite":  # has one writer
        insert_missing(connection, schema.samples_pending, rows)
    elif rows:
        statement = postgresql.insert(schema.samples_pending)
        name = ["farm_id", "series_id", "at"]
        again = statement.on_conflict_do_update(index_elements=name, set_={"at": statement.excluded.at})
        connection.execute(again, rows)


def _ensure_series(connection: Connection, new: Sequence[NewSample]) -> dict[SeriesKey, int]:
    wanted = {one.series: one.farm_id for one in new}
    ids = _series_ids(connection, wanted)
    missing = [(key, farm_id) for key, farm_id in wanted.items() if key not in ids]
    if not missing:
        return ids
    counts: dict[int, int] = {}
    rows = []
    for key, farm_id in missing:
        if key.server_id not in counts:
            count = select(func.count()).select_from(schema.series)
            counts[key.server_id] = connection.scalar(count.where(_series.server_id == key.server_id)) or 0
        counts[key.server_id] += 1
        if counts[key.server_id] <= SERIES_OF_A_SERVER:
            rows.append({"farm_id": farm_id, **key._asdict()})
    insert_missing(connection, schema.series, rows)
    return _series_ids(connection, wanted)


def _series_ids(connection: Connection, wanted: Iterable[SeriesKey]) -> dict[SeriesKey, int]:
    wanted = list(wanted)
    query = select(_series.id, _series.server_id, _series.name, _series.context, _series.key)
    query = query.where(_series.server_id.in_({one.server_id for one in wanted}))
    found: dict[SeriesKey, int] = {}
    for keys in chunks(sorted({one.key for one in wanted})):
        for row in connection.execute(query.where(_series.key.in_(keys))):
            found[SeriesKey(row.server_id, row.name, row.context, row.key)] = row.id
    return found
