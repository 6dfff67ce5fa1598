"""What a collector needs for so many agents: measured for one of them, and multiplied; the table of docs/sizing.md.

    make sizing                     measures, prints the table, writes build/sizing.json
    python -m tests.bench.sizing --from build/sizing.json

Multiplied is what grows by the agent: memory, processor time of check-ins, bytes on the wire, the store. What one
farm costs to judge is measured for a farm of fifty servers, and counted once each time that a farm is judged anyway.
"""

import argparse
import asyncio
import gc
import json
import platform
import statistics
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import psutil

from farmsight_collector.model.cache import FACTS_KEPT
from tests.bench import growth, reevaluation, worlds
from tests.bench.check_ins import bytes_on_the_wire
from tests.bench.fleet import SERVERS_A_FARM, Fleet, enlist
from tests.bench.processes import collector, cpu_seconds
from tests.bench.report import say

ROWS: Final = (10, 50, 200, 1000, 5000, 10_000)
JUDGED_EVERY_S: Final = 30  # [watching] every_s
CHECK_IN_EVERY_S: Final = 60
DAY_S: Final = 86_400
FACTS_A_FARM: Final = SERVERS_A_FARM * 1000  # of which so many are kept in memory at all: FACTS_KEPT


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one agent, and one farm, costs here."""

    machine: str
    agents: int  # that were connected
    base_mib: float  # of the collector with nobody connected
    agent_kib: float
    check_in_ms: float  # processor time
    check_in_bytes: float  # both ways
    judged_ms: float  # processor time: a farm of fifty servers with a thousand facts each, after a change
    farm_mib: float  # what its view and findings take in memory
    year_mb: float  # of the store, a server
    first_day_mb: float
    facts_day_kb: float  # a server's changes, as the store holds them


def measure(*, agents: int, minutes: int = 30, days: int = 7) -> Measured:
    """Measure one of each."""
    with collector() as (data, up):
        process = psutil.Process(up.process.pid)
        identities = enlist(data, agents)
        base = process.memory_info().rss
        say(f"sizing: {agents} agents connect ...")
        rss, cpu = asyncio.run(_fleet(up.addresses["telemetry"], identities[1:], process))
        sent, answered, _ = asyncio.run(bytes_on_the_wire(up.addresses["telemetry"], identities[0], minutes))
    say("sizing: a farm is judged ...")
    judged, farm_mib = _judged(), _in_memory()
    say("sizing: a store grows ...")
    parts, first = growth.a_year(servers=2, facts=1000, days=days)
    return Measured(
        machine=platform.platform(),
        agents=agents,
        base_mib=base / (1 << 20),
        agent_kib=(rss - base) / (agents - 1) / 1024,
        check_in_ms=cpu * 1000,
        check_in_bytes=sent + answered,
        judged_ms=judged * 1000,
        farm_mib=farm_mib,
        year_mb=sum(parts.values()),
        first_day_mb=first,
        facts_day_kb=parts.get("facts", 0.0) * 1000 / 365,
    )


def _judged(rounds: int = 10) -> float:
    """Return the processor time of taking a change of a farm of fifty in, and judging it: the median."""
    took = []
    with reevaluation.opened_store() as store:
        farm = reevaluation.filled(store, SERVERS_A_FARM, 1000)
        for number in range(reevaluation.WARM_UP + rounds):
            before = time.process_time()
            farm.round(number)
            took.append(time.process_time() - before)
    return statistics.median(took[reevaluation.WARM_UP :])


def _in_memory() -> float:
    """Return the mebibytes that the view of a farm of fifty and its findings take, once it was judged."""
    process = psutil.Process()
    with reevaluation.opened_store() as store:
        world = worlds.large(SERVERS_A_FARM, 1000)
        reevaluation.fill(store, worlds.FARM, world, worlds.NOW)
        del world
        gc.collect()
        before = process.memory_info().rss
        reevaluation.judge_farm(store, worlds.FARM, worlds.NOW + timedelta(seconds=10))
        gc.collect()
        after = process.memory_info().rss
    return max(after - before, 0) / (1 << 20)


async def _fleet(address: str, identities: list, process: psutil.Process) -> tuple[int, float]:  # type: ignore[type-arg]
    """Return the memory with a fleet connected, and the processor time of one check-in above rest."""
    fleet = Fleet(address, identities)
    await fleet.connect()
    await fleet.report()
    await asyncio.sleep(5)  # what the reports set off
    before = cpu_seconds(process)
    await asyncio.sleep(10)
    idle = (cpu_seconds(process) - before) / 10
    rss, before = process.memory_info().rss, cpu_seconds(process)
    await fleet.check_in_spread(20)
    used = cpu_seconds(process) - before - idle * 20
    await fleet.close()
    return rss, max(used, 0.0) / len(identities)


def table(found: Measured) -> str:
    """Return the table of docs/sizing.md."""
    lines = [
        "| agents | memory | processor | store after a year | network a day |",
        "|---:|---:|---:|---:|---:|",
        *(_row(found, agents) for agents in ROWS),
    ]
    return "\n".join(lines)


def _row(found: Measured, agents: int) -> str:
    farms = -(-agents // SERVERS_A_FARM)
    memory = found.base_mib + agents * found.agent_kib / 1024 + min(farms, FACTS_KEPT / FACTS_A_FARM) * found.farm_mib
    cores = agents / CHECK_IN_EVERY_S * found.check_in_ms / 1000 + farms * found.judged_ms / 1000 / JUDGED_EVERY_S
    disk = agents * (found.year_mb + found.first_day_mb)
    network = agents * (DAY_S / CHECK_IN_EVERY_S * found.check_in_bytes / 1e6 + found.facts_day_kb / 1e3)
    return f"| {agents:,} | {_mib(memory)} | {cores:.2f} cores | {_mb(disk)} | {_mb(network)} |"


def _mib(size: float) -> str:
    return f"{size:.0f} MiB" if size < 1024 else f"{size / 1024:.1f} GiB"


def _mb(size: float) -> str:
    return f"{size:.0f} MB" if size < 1000 else f"{size / 1000:.1f} GB"


def main() -> None:
    """Measure, or read what was measured, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sizing", description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="given", type=Path, metavar="FILE", help="what was measured before")
    parser.add_argument("--agents", type=int, default=1000, help="that are connected (%(default)s)")
    parser.add_argument("--json", type=Path, default=Path("build/sizing.json"), metavar="FILE", help="(%(default)s)")
    arguments = parser.parse_args()
    if arguments.given:
        found = Measured(**json.loads(arguments.given.read_text()))
    else:
        found = measure(agents=arguments.agents)
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(asdict(found), indent=1) + "\n")
    for name, value in asdict(found).items():
        print(f"{name:>16}  {value if isinstance(value, str) else round(value, 2)}")
    print()
    print(table(found))


if __name__ == "__main__":
    main()
