"""What an unchanged check-in costs: bytes on the wire, and CPU of the collector beside a bare ping.

Check-ins are those that an agent at its default cadence sends each minute, with the runs that fall into that minute.
One in fifteen carries what the agent measures of itself, and a number, because samples are kept; what retrievals
measure rides on that one too and is left out here.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil

from farmsight_agent.probes import PROBES
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.digests import probe_digest
from farmsight_wire.v1.vocabulary import SERIES
from tests.bench.fleet import enlist
from tests.bench.load import Stream
from tests.bench.processes import bare_server, collector, cpu_seconds
from tests.bench.relay import Relay
from tests.bench.report import Figure, say
from tests.bench.worlds import Server, service
from tests.fakes.agents import Identity

BUDGET_BYTES = 400
BUDGET_CPU = 2.0
RATE = 10_000 / 60  # a second: ten thousand agents that check in every minute
EACH_S = 60
OF_ITSELF = tuple(series for series in SERIES if series.startswith("agent-"))
WITH_SAMPLES_EVERY = 15  # check-ins: the agent looks at itself every 15 minutes


def measure(*, agents: int = 200, minutes: int = 60, seconds: float = 20.0) -> list[Figure]:
    """Return the bytes of a check-in, and its CPU beside a ping's."""
    with collector() as (data, up):
        identities = enlist(data, agents)
        process = psutil.Process(up.process.pid)
        sent, answered, segments = asyncio.run(bytes_on_the_wire(up.addresses["telemetry"], identities[0], minutes))
        ours = asyncio.run(_cpu(up.addresses["telemetry"], identities[1:], process, seconds))
        with bare_server(data) as (address, bare):
            ping = asyncio.run(_cpu(address, identities[1:], bare, seconds))
    return [
        Figure(
            what=f"unchanged check-in, TCP payload, mean of {minutes} minutes at default cadence",
            measured=f"{sent:.0f} bytes, and {answered:.0f} back ({segments:.1f} segments)",
            bound="-",
            ratio="-",
            budget=f"<= {BUDGET_BYTES} bytes, both ways",
            kept=sent + answered <= BUDGET_BYTES,
        ),
        Figure(
            what=f"CPU of the collector for a check-in, {RATE:.0f} a second from {agents - 1} agents",
            measured=f"{ours * 1000:.2f} ms",
            bound=f"{ping * 1000:.2f} ms (bare mTLS ping)",
            ratio=f"{ours / ping:.1f}x",
            budget=f"<= {BUDGET_CPU:.0f}x",
            kept=ours / ping <= BUDGET_CPU,
        ),
    ]


def _first_state() -> list[telemetry_pb2.ProbeReport]:
    """Return a report of every probe, so that check-ins have something to confirm."""
    server, at = Server("N00000", "wap"), datetime.now(UTC)
    for probe in PROBES:
        for part in probe.parts:
            server.slots[probe.id, part, 0] = {}  # type: ignore[index]
    server.put(service("adfssrv"))
    return list(server.reports(list(server.slots), at))


def _check_in(reports: Sequence[telemetry_pb2.ProbeReport], sequence: int, minute: int) -> bytes:
    """Return what an agent sends after a minute in which nothing changed."""
    now = datetime.now(UTC)
    check_in = telemetry_pb2.CheckIn(sequence=sequence)
    check_in.clock.FromDatetime(now)
    for number, probe in enumerate(PROBES):
        if not _ran(number, probe.period_s, minute):
            continue
        states = [(one.part, one.context, one.digest) for one in reports if one.probe == probe.id]
        check_in.ran.add(probe=probe.id, digest=probe_digest(states), seconds_ago=17)
    if sequence:
        for series in OF_ITSELF:
            sample = check_in.samples.add(series=series, key="-", value=12.345678)
            sample.at.FromDatetime(now)
    return telemetry_pb2.StreamRequest(check_in=check_in).SerializeToString()


def _number(reports: int, minute: int) -> int:
    """Return the sequence number of a minute's check-in; 0 for one without samples."""
    numbered, rest = divmod(minute, WITH_SAMPLES_EVERY)
    return 0 if rest else reports + numbered


def _ran(number: int, period_s: int, minute: int) -> bool:
    """Tell whether a probe ran in a minute; each begins at another instant of its period."""
    shift = number * 37 % period_s
    return (minute * EACH_S + shift) // period_s != ((minute - 1) * EACH_S + shift) // period_s


async def bytes_on_the_wire(address: str, identity: Identity, minutes: int) -> tuple[float, float, float]:
    """Return the bytes sent and answered, and the segments, for each check-in on average."""
    reports = _first_state()
    relay = Relay(address)
    stream = Stream(identity)
    await stream.connect(await relay.start())
    await stream.send([telemetry_pb2.StreamRequest(report=one).SerializeToString() for one in reports])
    await asyncio.sleep(0.5)
    sent, answered, segments = relay.sent, relay.answered, relay.segments
    for minute in range(1, minutes + 1):
        await stream.tell(_check_in(reports, _number(len(reports), minute), minute))
        await asyncio.sleep(0.05)
    totals = relay.sent - sent, relay.answered - answered, relay.segments - segments
    await stream.close()
    await relay.stop()
    return totals[0] / minutes, totals[1] / minutes, totals[2] / minutes


async def _cpu(address: str, identities: Sequence[Identity], process: psutil.Process, seconds: float) -> float:
    """Return the CPU seconds that the server used for each check-in, above those that it uses at rest."""
    reports = _first_state()
    streams = [Stream(one) for one in identities]
    await asyncio.gather(*(one.connect(address) for one in streams))
    first = [telemetry_pb2.StreamRequest(report=one).SerializeToString() for one in reports]
    await asyncio.gather(*(one.send(first) for one in streams))
    await asyncio.sleep(3)  # what the reports set off
    idle = await _used(process, asyncio.sleep(seconds / 4)) / (seconds / 4)
    count = round(seconds * RATE)

    async def check_ins() -> None:
        began, waiting = time.monotonic(), set()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            turn, who = divmod(number, len(streams))
            frame = _check_in(reports, _number(len(reports), turn + 1), turn + 1)
            waiting.add(asyncio.create_task(streams[who].tell(frame)))
        await asyncio.gather(*waiting)

    began = time.monotonic()
    used = await _used(process, check_ins())
    took = time.monotonic() - began
    await asyncio.gather(*(one.close() for one in streams))
    say(f"check-ins: {used:.2f} s of CPU for {count} in {took:.1f} s; {idle * 100:.1f} % of a core at rest")
    return max(used - idle * took, 1e-9) / count


async def _used(process: psutil.Process, work: "asyncio.Future[None] | object") -> float:
    before = cpu_seconds(process)
    await work  # type: ignore[misc]
    return cpu_seconds(process) - before
