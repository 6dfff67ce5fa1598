"""What a server costs the store in a year: 15-minute retrievals of twelve URLs in three accounts.

Some servers run for some days through the real ingest (reports, check-ins, samples), hour by hour with roll-ups; what
their facts and coverage grew by a day is taken for every day of a year. Samples and hours are removed after their
time: they count for as long as they are kept. What was there on the first day is no growth, and told beside it.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Connection

from farmsight_collector.clock import moment
from farmsight_collector.config import Kept
from farmsight_collector.ingest.apply import Incoming, apply_reports
from farmsight_collector.store import coverage, rollups, samples, slots
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import facts_pb2 as pb
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME
from tests.bench import long_past as past
from tests.bench import worlds
from tests.bench.long_past import CONTEXTS, DAY, END, TICK
from tests.bench.reevaluation import fill, opened_store
from tests.bench.report import Figure, say
from tests.bench.worlds import Server

BUDGET_MB = 25.0
YEAR = 365
ONCE = ("series", "samples_pending", "blobs")  # come with the first samples, and do not grow with time
Sizes = dict[str, float]


def measure(*, servers: int = 4, facts: int = 1000, days: int = 14) -> Figure:
    """Return the megabytes of a server-year."""
    parts, before = a_year(servers=servers, facts=facts, days=days)
    told = ", ".join(f"{name} {size:.1f}" for name, size in parts.items())
    total = sum(parts.values())
    return Figure(
        what=f"store growth, a server-year of 15-minute retrievals x {worlds.URLS} URLs x {len(CONTEXTS)} contexts",
        measured=f"{total:.1f} MB ({told}); {before:.1f} MB on the first day",
        bound="-",
        ratio="-",
        budget=f"< {BUDGET_MB:.0f} MB",
        kept=total < BUDGET_MB,
    )


def a_year(*, servers: int, facts: int, days: int) -> tuple[Sizes, float]:
    """Return the megabytes by which a server's part grows in a year, by table, and what it is on the first day."""
    with opened_store() as store:
        world = worlds.large(servers, facts)
        begin = END - days * DAY
        rows = fill(store, worlds.FARM, world, moment(begin))
        at_first = _sizes(store)
        began = time.monotonic()
        for at in range(begin + TICK, END + TICK, TICK):
            _tick(store, world, rows, at)
            if at % DAY == 0:
                _rolled_up(store, moment(at + TICK))
        say(f"growth: {servers} servers ran {days} days in {time.monotonic() - began:.0f} s")
        grown = _sizes(store)
    return dict(_of_a_year(at_first, grown, servers, days)), sum(at_first.values()) / servers / 1e6


def _tick(store: Store, world: list[Server], rows: dict[str, AgentRow], at: int) -> None:
    """Let every server fetch all: what changed is reported, of the rest it is said that it is still so."""
    with store.write() as connection:
        for number, one in enumerate(world):
            row, when = rows[one.name], moment(at)
            changed = {
                slot
                for context in CONTEXTS
                for url in range(worlds.URLS)
                for slot in _fetch(one, number, context, url, at)
            }
            batch = [
                Incoming(agent=row, epoch=1, report=report, at=when, received=when)
                for report in one.reports(sorted(changed), when)
            ]
            apply_reports(connection, batch)
            samples.add(connection, _samples(row, number, at))
        _seen(connection, rows, at)


def _fetch(
    one: Server, number: int, context: str, url: int, at: int
) -> Iterator[tuple[str, str, pb.Context.ValueType]]:
    how = past.luck(number % past.GROUPS, context, url % past.HOSTS).state(at)
    _, data, _ = past.kept(url, context, 0 if how == past.DOWN else past.published(url, at), how)
    fact = pb.Fact.FromString(data)
    slot = ("retrievals", "", CONTEXT_BY_NAME[context])
    if one.slots[slot].get(("retrieval", fact.key)) != fact:
        yield one.put(fact)


def _samples(row: AgentRow, number: int, at: int) -> Iterator[samples.NewSample]:
    for context in CONTEXTS:
        for url in range(worlds.URLS):
            key = past.kept(url, context, 0, past.DOWN)[2]
            for name in past.SERIES:
                for when, value in past.values(number % past.GROUPS, context, url, name, at, at + 1):
                    series = samples.SeriesKey(row.server_id, name, CONTEXT_BY_NAME[context], key)
                    yield samples.NewSample(row.farm_id, series, when, value)


def _seen(connection: Connection, rows: dict[str, AgentRow], at: int) -> None:
    for row in rows.values():
        ids = slots.slots_of(connection, [row.server_id]).values()
        newest = coverage.newest(connection, row.farm_id, list(ids))
        coverage.extend(connection, [(row.farm_id, run.slot_id, run.began, at) for run in newest])


def _rolled_up(store: Store, now: datetime) -> None:
    while True:
        with store.write() as connection:
            if not rollups.roll_up(connection, now, limit=2000):
                return


def _of_a_year(first: Sizes, grown: Sizes, servers: int, days: int) -> Iterator[tuple[str, float]]:
    """Yield by table the megabytes by which one server's part has grown after a year."""
    keep = Kept()
    kept_days = {"samples": keep.samples_days, "samples_hourly": keep.hourly_days, "samples_daily": keep.daily_days}
    rest = 0.0
    for name, size in grown.items():
        if name in ONCE:
            whole = (size - first.get(name, 0.0)) / servers / 1e6
        else:
            a_day = (size - first.get(name, 0.0)) / days
            whole = a_day * min(kept_days.get(name, YEAR), YEAR) / servers / 1e6
        if whole > 0.1:
            yield name, whole
        else:
            rest += whole
    yield "other", rest


def _sizes(store: Store) -> Sizes:
    """Return the bytes in pages of each table with its indices."""
    file = Path(str(store.engine.url.database))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_master m ON m.name = d.name GROUP BY 1"
        return {name: float(size) for name, size in connection.execute(query)}
