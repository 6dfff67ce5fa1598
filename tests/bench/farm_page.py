"""How long the server works on the page of a farm of fifty servers with several causes, once it was judged."""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update

from farmsight_collector.store import schema
from tests.bench import worlds
from tests.bench.report import Figure, say
from tests.bench.worlds import FARM
from tests.fakes.watched_farm import ISSUING, Person, WatchedFarm

BUDGET_MS = 300.0
STALE_AFTER_US = 6 * 3600 * 1_000_000


def measure(*, servers: int = 50, facts: int = 1000, rounds: int = 30) -> list[Figure]:
    """Return the median of the page as it is asked again, beside that of a page with nothing on it."""
    with TemporaryDirectory() as folder:
        farm = WatchedFarm(Path(folder) / "data", made=worlds.large(servers, facts))
        with farm.store.write() as connection:
            connection.execute(update(schema.coverage).values(cadence_us=STALE_AFTER_US))
        for number, name in enumerate([name for name in farm.servers if name.startswith("WAP")][:12]):
            farm.later(minutes=5)
            farm.drop(name, "store-certificate", ISSUING)
            farm.put(name, *(worlds.service(f"Service{each:03}", running=False) for each in range(number)))
        farm.later(minutes=5)
        person = Person(farm)
        person.sees("first-changes")
        bare, page = [], []
        for _ in range(rounds):
            bare.append(_took(person, "/audit.csv", 403))
            page.append(_took(person, f"/farms/{FARM}", 200))
        size = len(person.text)
        farm.store.close()
    first, whole = statistics.median(bare), statistics.median(page)
    say(f"farm page: {size // 1000} kB of {servers} servers")
    return [
        Figure(
            what=f"page of a farm of {servers} servers x {facts} facts, judged before (median of {rounds})",
            measured=f"{whole:.0f} ms (max {max(page):.0f})",
            bound=f"{first:.0f} ms a page with nothing on it",
            ratio=f"{whole / first:.1f}",
            budget=f"< {BUDGET_MS:.0f} ms",
            kept=whole < BUDGET_MS,
        )
    ]


def _took(person: Person, path: str, status: int) -> float:
    began = time.perf_counter()
    person.asks(path, status)
    return (time.perf_counter() - began) * 1000
