"""What is old enough is removed, a little in each transaction, so that ingest never waits for it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_collector.store.blob_sweep import sweep
from farmsight_collector.store.engine import Store
from farmsight_collector.store.rollups import roll_up

ROWS_AT_ONCE: Final = 500  # some milliseconds
HOURS_AT_ONCE: Final = 200
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
    removed = {}
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
    yield schema.samples, schema.samples.c.at < micros(now - keep.samples)
    yield schema.samples_hourly, schema.samples_hourly.c.at < micros(now - keep.hourly)
    yield schema.samples_daily, schema.samples_daily.c.at < micros(now - keep.daily)


def _small(keep: Retention, now: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    yield schema.findings, schema.findings.c.closed < micros(now - keep.findings)
    yield schema.audit, schema.audit.c.at < micros(now - keep.audit)
    yield schema.tokens, schema.tokens.c.expires < micros(now - keep.audit)
    yield schema.agent_epochs, schema.agent_epochs.c.last_used < micros(now - keep.facts)


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
        count = work(connection)
    if count:
        time.sleep(pause_s)
    return count
