"""What is old enough is removed, a little in each transaction, so that ingest never waits for it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_collector.store.blob_sweep import sweep
from farmsight_collector.store.engine import Store
from farmsight_collector.store.rollups import BLOCK_US, drop_hours, roll_up, seal
from farmsight_collector.store.rows import chunks
from farmsight_collector.store.samples import DAY_US

ROWS_AT_ONCE: Final = 500  # some milliseconds
PRUNING_LOCK: Final = 4603816153
HOURS_AT_ONCE: Final = 200
SERIES_AT_ONCE: Final = 10  # of each a day's samples: some hundreds
BLOBS_REST: Final = timedelta(days=2)  # between a blob's last mention in a new fact and its removal


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long things are kept."""

    facts: timedelta = timedelta(days=400)
    findings: timedelta = timedelta(days=400)
    samples: timedelta = timedelta(days=14)
    hourly: timedelta = timedelta(days=90)
    daily: timedelta = timedelta(days=400)
    audit: timedelta = timedelta(days=400)


def prune(store: Store, keep: Retention, now: datetime, pause_s: float = 0.01) -> dict[str, int]:
    """Roll up samples, then remove all that is too old; return rows removed by table.

    Each step is a transaction of its own with a pause after it. What holds
    to this day is never removed, however long ago it began.
    """
    while _step(store, pause_s, lambda connection: roll_up(connection, now, limit=HOURS_AT_ONCE)):
        pass
    removed = _remove_samples(store, keep, now, pause_s)
    for table, old in _grouped(keep, now):
        removed[table.name] = sum(_remove(store, table, one, pause_s) for one in _groups(store, table, old))
    for table, old in _small(keep, now):
        removed[table.name] = _remove(store, table, old, pause_s)
    removed["blobs"] = sweep(store, now - BLOBS_REST, pause_s)
    return removed


def _grouped(keep: Retention, now: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield the large tables, which are removed from by slot or series, with what is old."""
    yield schema.facts, schema.facts.c.ended < micros(now - keep.facts)
    yield schema.coverage, schema.coverage.c.ended < micros(now - keep.facts)
    days = max(keep.samples, keep.hourly, keep.daily)
    yield schema.samples_daily, schema.samples_daily.c.at < micros(now - days) - BLOCK_US


def _small(keep: Retention, now: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    yield schema.findings, schema.findings.c.closed < micros(now - keep.findings)
    yield schema.finding_changes, schema.finding_changes.c.at < micros(now - keep.findings)
    yield schema.audit, schema.audit.c.at < micros(now - keep.audit)
    yield schema.tokens, schema.tokens.c.expires < micros(now - keep.audit)
    yield schema.traced, schema.traced.c.at < micros(now - keep.facts)
    yield schema.agent_epochs, schema.agent_epochs.c.last_used < micros(now - keep.facts)


def _remove_samples(store: Store, keep: Retention, now: datetime, pause_s: float) -> dict[str, int]:
    """Remove samples and hours, each series to the beginning of a day; what is removed is in the figures that stay."""
    raw = micros(now - keep.samples) // DAY_US * DAY_US
    hourly = micros(now - max(keep.samples, keep.hourly)) // DAY_US * DAY_US
    series = schema.series.c
    removed = {schema.samples.name: 0, schema.samples_hourly.name: 0}
    for some in _series_before(store, series.samples_from, raw):
        left = some
        while left:
            left, count = _sealed(store, left, raw, pause_s)
            removed[schema.samples.name] += count
    for some in _series_before(store, series.hours_from, hourly):
        ids = [series_id for _, series_id in some]
        count = _step(store, pause_s, lambda connection, ids=ids: drop_hours(connection, ids, hourly))  # type: ignore[misc]
        removed[schema.samples_hourly.name] += count
    return removed


def _series_before(store: Store, column: ColumnElement[int], until: int) -> list[Sequence[tuple[int, int]]]:
    query = select(schema.series.c.farm_id, schema.series.c.id).where(column < until).order_by(schema.series.c.id)
    with store.read() as connection:
        found = [(row[0], row[1]) for row in connection.execute(query)]
    return chunks(found, SERIES_AT_ONCE)


def _sealed(
    store: Store, some: Sequence[tuple[int, int]], until: int, pause_s: float
) -> tuple[list[tuple[int, int]], int]:
    """Remove one day of each series; return those that may have more, and how many samples went."""
    gone: dict[tuple[int, int], int | None] = {}

    def work(connection: Connection) -> int:
        gone.update({one: seal(connection, *one, until) for one in some})
        return sum(count or 0 for count in gone.values())

    count = _step(store, pause_s, work)
    return [one for one, its in gone.items() if its is not None], count


def _groups(store: Store, table: Table, old: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that each fit an index; found by a reader, which no writer waits for."""
    farm, group = list(table.primary_key.columns)[:2]
    with store.read() as connection:
        found = connection.execute(select(farm, group).where(old).distinct()).all()
    for farm_id, group_id in found:
        yield (farm == farm_id) & (group == group_id) & old


def _remove(store: Store, table: Table, old: ColumnElement[bool], pause_s: float) -> int:
    key = list(table.primary_key.columns)
    some = delete(table).where(tuple_(*key).in_(select(*key).where(old).limit(ROWS_AT_ONCE)))
    total = 0
    while count := _step(store, pause_s, lambda connection: connection.execute(some).rowcount):
        total += count
    return total


def _step(store: Store, pause_s: float, work: Callable[[Connection], int]) -> int:
    with store.write() as connection:
        if not store.is_sqlite:  # `db prune` beside a collector that prunes: one after the other
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({PRUNING_LOCK})")
        count = work(connection)
    if count:
        time.sleep(pause_s)
    return count
