"""How long the view of a farm takes as of any instant in 400 days, beside a bare read of the same rows."""

import random
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

from farmsight_collector import collecting
from farmsight_collector.clock import moment
from farmsight_collector.model import cache
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.store.engine import Store, open_store
from tests.bench import long_past as past
from tests.bench import worlds
from tests.bench.long_store import Size, built
from tests.bench.report import Figure, say

BUDGET_MS = 300.0
Took = tuple[float, float]  # milliseconds, and those of CPU: other work on the machine takes its share of the former
_IN_FORCE = "FROM facts WHERE farm_id = 1 AND slot_id = ? AND ended > ? AND began <= ?"


def measure(*, rounds: int = 60, cold: int = 9, size: Size = Size()) -> list[Figure]:  # noqa: B008 - frozen
    """Return the view at instants by chance, and the view where nothing was read before."""
    file, chance = built(size), random.Random(11)
    instants = [past.END - chance.randrange(size.days * past.DAY) for _ in range(rounds)]
    store = open_store(f"sqlite:///{file}")
    try:
        _view(store, past.END)  # what a collector that serves has read
        collecting.settle()
        took = sorted(_view(store, at) for at in instants)
        anew = sorted(_anew(store, at) for at in instants[:cold])
    finally:
        store.close()
    bare = statistics.median(_bare(file, at) for at in instants[:cold])
    say(f"as of: {rounds} instants, median {statistics.median(one[0] for one in took):.0f} ms; bare read {bare:.0f} ms")
    what = f"farm view as of any instant in {size.days} days, {size.servers} servers x {size.facts} facts"
    return [
        _figure(f"{what}, {size.farms * size.servers} servers in the store (p95 of {rounds})", took, 0.95, bare),
        _figure(f"the same, nothing of the farm read before (median of {cold})", anew, 0.5, bare),
    ]


def _figure(what: str, took: list[Took], quantile: float, bare: float) -> Figure:
    walls, used = ([one[part] for one in took] for part in (0, 1))
    told, of_cpu = (sorted(its)[int(len(its) * quantile)] for its in (walls, used))
    return Figure(
        what=what,
        measured=f"{told:.0f} ms ({of_cpu:.0f} of CPU; median {statistics.median(walls):.0f}, max {max(walls):.0f})",
        bound=f"{bare:.0f} ms (bare read of its rows)",
        ratio=f"{told / bare:.1f}",
        budget=f"< {BUDGET_MS:.0f} ms",
        kept=told < BUDGET_MS,
    )


def _view(store: Store, at: int) -> Took:
    began, used = time.perf_counter(), time.thread_time()
    with store.read() as connection:
        farm = farm_as_of(connection, worlds.FARM, moment(at))
    took = (time.perf_counter() - began) * 1000, (time.thread_time() - used) * 1000
    assert farm.servers
    return took


def _anew(store: Store, at: int) -> Took:
    cache.cache_of(store.engine).__init__()  # type: ignore[misc] # empty, as after a start
    return _view(store, at)


def _bare(file: Path, at: int) -> float:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA mmap_size=268435456")
        slots = [row[0] for row in connection.execute("SELECT id FROM slots WHERE farm_id = 1")]
        began = time.perf_counter()
        rows = [connection.execute(f"SELECT * {_IN_FORCE}", (slot, at, at)).fetchall() for slot in slots]
        took = (time.perf_counter() - began) * 1000
    assert any(rows)
    return took
