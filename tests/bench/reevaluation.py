"""How long it takes to judge a farm of fifty servers anew after one fact changed, alone and among many farms."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from farmsight_collector.correlate.judgement import judge
from farmsight_collector.ingest.apply import Incoming, apply_reports
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.store import agents, blobs, findings
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store, open_store
from tests.bench import worlds
from tests.bench.report import Figure, say
from tests.bench.worlds import NOW, Server
from tests.fakes.incoming import enrolled

BUDGET_MS = 200.0
FLAT = 0.10
TOGETHER = 500  # reports in one transaction while the store is filled


def measure(*, servers: int = 50, facts: int = 1000, other_farms: int = 999, rounds: int = 30) -> list[Figure]:
    """Return the median alone, and among other farms."""
    with _store() as store:
        farm = worlds.large(servers, facts)
        rows = fill(store, worlds.FARM, farm)
        say(f"re-evaluation: {servers} servers with {sum(one.facts() for one in farm)} facts are in the store")
        alone = _rounds(store, farm, rows, rounds)
        for number in range(other_farms):
            fill(store, f"sts{number}.fabrikam.com", worlds.small(1, 2))
        say(f"re-evaluation: {other_farms} other farms are in the store")
        among = _rounds(store, farm, rows, rounds, start=rounds + 10)
    first, then = statistics.median(alone) * 1000, statistics.median(among) * 1000
    return [
        Figure(
            what=f"re-evaluation, {servers} servers x {facts} facts, one changed (median of {rounds})",
            measured=f"{first:.0f} ms (max {max(alone) * 1000:.0f})",
            bound="-",
            ratio="-",
            budget=f"< {BUDGET_MS:.0f} ms",
            kept=first < BUDGET_MS,
        ),
        Figure(
            what=f"the same with {other_farms} other farms in the store",
            measured=f"{then:.0f} ms (max {max(among) * 1000:.0f})",
            bound=f"{first:.0f} ms",
            ratio=f"{then / first:.2f}",
            budget=f"within {FLAT:.0%}",
            kept=then < first * (1 + FLAT),  # faster is no fault
        ),
    ]


def fill(store: Store, farm: str, servers: list[Server], at: datetime = NOW) -> dict[str, AgentRow]:
    """Bring all that servers hold into a store."""
    rows = {one.name: enrolled(store, farm=farm, server=one.name, role=one.role) for one in servers}
    with store.write() as connection:
        for data in worlds.blobs():
            blobs.put(connection, sha256(data).digest(), data, at)
    for one in servers:
        _apply(store, rows[one.name], list(one.reports(list(one.slots), at)), at)
    return rows


def _apply(store: Store, row: AgentRow, reports: list[object], at: datetime) -> None:
    with store.write() as connection:
        batch = [Incoming(agent=row, epoch=1, report=one, at=at, received=at) for one in reports]  # type: ignore[arg-type]
        answers = apply_reports(connection, batch)
        assert all(answer.result == "applied" for answer in answers), answers
        agents.mark_seen(connection, [])


def _rounds(store: Store, farm: list[Server], rows: dict[str, AgentRow], rounds: int, start: int = 10) -> list[float]:
    took = []
    for number in range(start - 2, start + rounds):  # two to warm up
        at = NOW + timedelta(seconds=10 + number)
        one = farm[number % len(farm)]
        slot = one.put(worlds.retrieval(number % worlds.URLS, "network-service", issue=number + 3))
        _apply(store, rows[one.name], list(one.reports([slot], at)), at)
        began = time.perf_counter()
        with store.read() as connection:
            evaluation = judge(farm_as_of(connection, worlds.FARM, at))
        with store.write() as connection:
            findings.reconcile(connection, worlds.FARM, evaluation, at)
        if number >= start:
            took.append(time.perf_counter() - began)
    say(f"re-evaluation: {len(evaluation.findings)} findings, {len(evaluation.unknown)} times not told")
    return took


@contextmanager
def _store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'store.db'}")
        try:
            yield store
        finally:
            store.close()
