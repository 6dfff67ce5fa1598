"""How long questions for trends take over 400 days, with 200 servers in the store, beside a bare read of the rows."""

import random
import sqlite3
import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from farmsight_collector import collecting
from farmsight_collector.clock import moment
from farmsight_collector.queries.trend import trend
from farmsight_collector.queries.trend_lines.line import Wanted
from farmsight_collector.store.engine import Store, open_store
from tests.bench import long_past as past
from tests.bench import worlds
from tests.bench.long_store import Size, built
from tests.bench.report import Figure, say

BUDGET_MS = 200.0
POINTS = 200


def measure(*, rounds: int = 40, size: Size = Size()) -> list[Figure]:  # noqa: B008 - frozen
    """Return the p95 of questions as people ask them, by span."""
    file = built(size)
    store = open_store(f"sqlite:///{file}")
    try:
        collecting.settle()
        _asked(store, _questions(5, size.days, 0))  # statements are compiled once
        return [
            _figure(store, file, days, _questions(rounds, days, number))
            for number, days in enumerate((size.days, 30, 1))
        ]
    finally:
        store.close()


def _questions(rounds: int, days: int, number: int) -> list[tuple[str, Wanted]]:
    """Return questions for one server's retrievals (36 lines), and for one URL on all servers in an account (50)."""
    chance = random.Random(number)
    asked = []
    for turn in range(rounds):
        server = f"{chance.choice(('STS', 'WAP'))}{chance.randint(1, 20):02}" if turn % 2 else ""
        wanted = Wanted(
            farm=worlds.FARM,
            begin=moment(past.END) - timedelta(days=days),
            end=moment(past.END),
            server=server,
            context="" if server else chance.choice(past.CONTEXTS),
            key="" if server else past.kept(chance.randrange(worlds.URLS), "system", 0, past.DOWN)[2],
        )
        asked.append((past.SERIES[turn % len(past.SERIES)], wanted))
    return asked


def _asked(store: Store, questions: Sequence[tuple[str, Wanted]]) -> tuple[list[float], list[float], int]:
    took, used, lines = [], [], 0
    for name, wanted in questions:
        began, before = time.perf_counter(), time.thread_time()
        with store.read() as connection:
            told = trend(connection, name, wanted, points=POINTS)
        took.append((time.perf_counter() - began) * 1000)
        used.append((time.thread_time() - before) * 1000)
        lines += len(told.lines)
        assert told.lines
    return sorted(took), sorted(used), lines // len(questions)


def _figure(store: Store, file: Path, days: int, questions: Sequence[tuple[str, Wanted]]) -> Figure:
    took, used, lines = _asked(store, questions)
    bare = statistics.median(_bare(file, days, lines) for _ in range(9))
    p95, of_cpu = (its[int(len(its) * 0.95)] for its in (took, used))
    say(f"trend over {days} days: median {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, {lines} lines")
    return Figure(
        what=f"trend over {days} days, {lines} lines of {POINTS} points (p95 of {len(took)}), 200 servers in the store",
        measured=f"{p95:.0f} ms ({of_cpu:.0f} of CPU; median {statistics.median(took):.0f}, max {took[-1]:.0f})",
        bound=f"{bare:.1f} ms (bare read of as many lines)",
        ratio=f"{p95 / bare:.0f}",
        budget=f"< {BUDGET_MS:.0f} ms",
        kept=p95 < BUDGET_MS,
    )


def _bare(file: Path, days: int, lines: int) -> float:
    table = "samples" if days <= 14 else "samples_hourly" if days <= 90 else "samples_daily"
    with closing(sqlite3.connect(file)) as connection:
        began = time.perf_counter()
        for series in range(1, lines + 1):
            query = f"SELECT * FROM {table} WHERE farm_id = 1 AND series_id = ? AND at >= ?"
            assert connection.execute(query, (series, past.before_the_end(days))).fetchall()
        return (time.perf_counter() - began) * 1000
