"""How soon a watcher sees what a changed fact means, while a thousand agents are connected.

The agents sit in several processes, each agent with a real mTLS connection and the facts of its server, and check in
every minute. A service stops, or starts again, on one server: measured is the time from sending the report to the
watcher's event of the finding, over the query port.
"""

import asyncio
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import grpc
import grpc.aio
import psutil
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from farmsight_collector.folder import open_folder
from farmsight_collector.identity.admission import key_hash
from farmsight_collector.identity.names import new_agent_id
from farmsight_collector.store import agents, blobs
from farmsight_wire.v1 import enrolment_pb2, query_pb2, query_pb2_grpc, telemetry_pb2
from tests.bench import worlds
from tests.bench.load import Stream
from tests.bench.processes import collector, cpu_seconds
from tests.bench.report import Figure, say
from tests.bench.worlds import Server
from tests.fakes.agents import OPTIONS, Identity, chain_pem, new_key, pem_of
from tests.fakes.serving import Served

BUDGET_S = 1.0
CODE = "wap.service-stopped"
ADFS, WAPS = 4, 5  # and one that looks from outside: ten servers a farm
PROCESSES = 4
CHANGED_FARMS = 8  # that are watched, and have a server in this process
CHECK_IN_S = 60.0
PROBES_A_MINUTE = 2


@dataclass
class Member:
    """One server with its agent's stream."""

    server: Server
    stream: Stream

    async def connect(self, address: str) -> None:
        """Connect and tell all that the server holds."""
        await self.stream.connect(address)
        reports = self.server.reports(list(self.server.slots), datetime.now(UTC))
        await self.stream.send([telemetry_pb2.StreamRequest(report=one).SerializeToString() for one in reports])

    async def check_in(self) -> None:
        """Check in for ever."""
        await asyncio.sleep(random.uniform(0, CHECK_IN_S))
        while True:
            check_in = self.server.check_in(PROBES_A_MINUTE)
            await self.stream.send([telemetry_pb2.StreamRequest(check_in=check_in).SerializeToString()])
            await asyncio.sleep(CHECK_IN_S)


@dataclass
class Watched:
    """One farm with a watcher, and the server of it that changes."""

    farm: str
    member: Member
    running: bool = True
    heard: "asyncio.Queue[float]" = field(default_factory=asyncio.Queue)

    async def watch(self, stub: query_pb2_grpc.QueryServiceStub, token: str, synced: asyncio.Event) -> None:
        """Note when findings of the service come and go."""
        request = query_pb2.WatchRequest(scope=query_pb2.Scope(farm=self.farm), snapshot_first=True)
        call = stub.Watch(request, metadata=(("authorization", f"Bearer {token}"),))
        async for event in call:
            if event.event == query_pb2.WATCH_EVENT_SYNCED:
                synced.set()
            elif synced.is_set() and event.finding.code == CODE:
                self.heard.put_nowait(time.perf_counter())

    async def change(self) -> float:
        """Let the service stop or start; return the seconds until the watcher hears of it."""
        self.running = not self.running
        slot = self.member.server.put(worlds.service("appproxysvc", running=self.running))
        (report,) = self.member.server.reports([slot], datetime.now(UTC))
        frame = telemetry_pb2.StreamRequest(report=report).SerializeToString()
        began = time.perf_counter()
        sending = asyncio.create_task(self.member.stream.send([frame]))
        async with asyncio.timeout(30):
            heard = await self.heard.get()
        await sending
        return heard - began


def measure(*, farms: int = 100, changes: int = 100) -> list[Figure]:
    """Return the spread of the time from change to event."""
    with collector() as (data, up):
        folder = data.parent / "members"
        count = _enlist(data, folder, farms)
        process = psutil.Process(up.process.pid)
        with _others(folder, up, farms):
            cpu, began = cpu_seconds(process), time.monotonic()
            took = asyncio.run(_changes(data, folder, up, min(CHANGED_FARMS, farms), changes))
            share = (cpu_seconds(process) - cpu) / (time.monotonic() - began)
        say(f"change to finding: {count} agents; the collector used {share:.0%} of a core meanwhile")
    ordered = sorted(one * 1000 for one in took)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return [
        Figure(
            what=f"change -> finding at a watcher, {count} agents in {farms} farms connected, p99 of {len(took)}",
            measured=f"{p99:.0f} ms (median {statistics.median(ordered):.0f}, max {ordered[-1]:.0f})",
            bound="-",
            ratio="-",
            budget=f"< {BUDGET_S:.0f} s",
            kept=p99 < BUDGET_S * 1000,
        )
    ]


async def _changes(data: Path, folder: Path, up: Served, farms: int, changes: int) -> list[float]:
    token = (data / "query-token").read_text().strip()
    credentials = grpc.ssl_channel_credentials(up.ca_pem)
    async with grpc.aio.secure_channel(up.addresses["query"], credentials, OPTIONS) as channel:
        stub = query_pb2_grpc.QueryServiceStub(channel)
        watched, watching = [], []
        for number in range(farms):
            member = next(m for m in _members(folder, number) if m.server.name == "WAP01")
            await member.connect(up.addresses["telemetry"])
            watched.append(Watched(_farm(number), member))
            synced = asyncio.Event()
            watching.append(asyncio.create_task(watched[-1].watch(stub, token, synced)))
            await synced.wait()
        await asyncio.sleep(3)
        took = []
        for number in range(changes):
            took.append(await watched[number % farms].change())
            await asyncio.sleep(random.uniform(0.1, 0.6))
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        for one in watched:
            await one.member.stream.close()
    return took


def _farm(number: int) -> str:
    return f"sts{number}.contoso.com"


def _enlist(data: Path, folder: Path, farms: int) -> int:
    """Make the servers of all farms known, and write the identities of each farm's to a folder of its own."""
    opened, key, at = open_folder(data), new_key(), datetime.now(UTC)
    count = 0
    with opened.store.write() as connection:
        for der in worlds.blobs():
            blobs.put(connection, sha256(der).digest(), der, at)
        for number in range(farms):
            place = folder / str(number)
            place.mkdir(parents=True)
            for server in worlds.small(ADFS, WAPS):
                agent_id = new_agent_id()
                issued = opened.authority.sign_agent(key.public_key(), agent_id, at, 7)
                agents.add_agent(
                    connection,
                    agent_id=agent_id,
                    farm=_farm(number),
                    server=server.name,
                    role=server.role,
                    serial=issued.serial,
                    not_after=issued.not_after,
                    public_key_sha256=key_hash(key.public_key()),
                    at=at,
                )
                chain = chain_pem(enrolment_pb2.Identity(chain_der=issued.chain_der))
                (place / f"{server.name}.pem").write_bytes(pem_of(key) + chain)
                count += 1
    (folder / "ca.pem").write_bytes(opened.authority.pem)
    opened.store.close()
    return count


def _members(folder: Path, farm: int) -> list[Member]:
    ca = (folder / "ca.pem").read_bytes()
    made = []
    for server in worlds.small(ADFS, WAPS):
        pem = (folder / str(farm) / f"{server.name}.pem").read_bytes()
        key, chain = load_pem_private_key(pem, None), pem[pem.index(b"-----BEGIN CERTIFICATE") :]
        made.append(Member(server, Stream(Identity(ca_pem=ca, key=key, chain_pem=chain))))  # type: ignore[arg-type]
    return made


@contextmanager
def _others(folder: Path, up: Served, farms: int) -> Iterator[None]:
    """Have all agents connected but those that this process plays, in processes of their own."""
    shares = [range(start, farms, PROCESSES) for start in range(min(PROCESSES, farms))]
    with ExitStack() as stack:
        started = []
        for share in shares:
            numbers = ",".join(map(str, share))
            command = [sys.executable, "-m", "tests.bench.change_to_finding", up.addresses["telemetry"], str(folder)]
            process = subprocess.Popen([*command, numbers], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.callback(_end, process)
            started.append(process)
        for process in started:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            say(f"change to finding: {line or 'a process of agents failed'}")
            if not line:
                raise RuntimeError("agents could not connect")
        yield


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


async def _play(address: str, folder: Path, farms: Sequence[int]) -> None:
    """Be all agents of some farms but those that change, until stdin ends."""
    members = [
        member
        for farm in farms
        for member in _members(folder, farm)
        if farm >= CHANGED_FARMS or member.server.name != "WAP01"
    ]
    at_once = asyncio.Semaphore(20)

    async def connect(member: Member) -> None:
        async with at_once:
            await member.connect(address)

    await asyncio.gather(*map(connect, members))
    checking = [asyncio.create_task(member.check_in()) for member in members]
    print(f"{len(members)} agents have told all", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    failed = [task.exception() for task in checking if task.done()]
    for task in checking:
        task.cancel()
    await asyncio.gather(*checking, return_exceptions=True)
    await asyncio.gather(*(member.stream.close() for member in members))
    if failed:
        say(f"change to finding: {len(failed)} agents failed, the first with {failed[0]!r}")


if __name__ == "__main__":
    asyncio.run(_play(sys.argv[1], Path(sys.argv[2]), [int(number) for number in sys.argv[3].split(",")]))
