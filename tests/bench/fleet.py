"""Many agents over real mTLS from one process: what benchmarks put before a collector.

    agents = enlist(data_folder, 1000)        # rows in the store, certificates of its CA
    fleet = Fleet(address, agents)
    await fleet.connect(); await fleet.check_in(); await fleet.close()

Run by itself it connects a fleet to a collector of its own and prints what that costs:

    python -m tests.bench.fleet --agents 2000
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import grpc
import grpc.aio
import psutil

from farmsight_collector.folder import open_folder
from farmsight_collector.identity.admission import key_hash
from farmsight_collector.identity.names import new_agent_id
from farmsight_collector.store import agents as agent_rows
from farmsight_wire.v1 import enrolment_pb2, telemetry_pb2
from farmsight_wire.v1.digests import probe_digest
from tests.fakes.agents import OPTIONS, STREAM, Identity, chain_pem, full, new_key, pem_of, service

SERVERS_A_FARM = 50


def enlist(data: Path, count: int, *, prefix: str = "N") -> list[Identity]:
    """Make agents known to the collector of a data folder, without the way through enrolment."""
    opened = open_folder(data)
    key, at = new_key(), datetime.now(UTC)  # one key for all: making keys is not what is measured
    made = []
    with opened.store.write() as connection:
        for number in range(count):
            agent_id, server = new_agent_id(), f"{prefix}{number:05}"
            issued = opened.authority.sign_agent(key.public_key(), agent_id, at, 7)
            agent_rows.add_agent(
                connection,
                agent_id=agent_id,
                farm=f"sts{number // SERVERS_A_FARM}.contoso.com",
                server=server,
                role="wap",
                serial=issued.serial,
                not_after=issued.not_after,
                public_key_sha256=key_hash(key.public_key()),
                at=at,
            )
            chain = chain_pem(enrolment_pb2.Identity(chain_der=issued.chain_der))
            ca = opened.authority.pem
            made.append(Identity(ca_pem=ca, key=key, chain_pem=chain, agent_id=agent_id, server=server))
    opened.store.close()
    return made


@dataclass(eq=False)
class Member:
    """One simulated agent: one connection, one stream."""

    identity: Identity
    sequence: int = 0
    digest: bytes = b""
    channel: grpc.aio.Channel | None = None
    call: grpc.aio.StreamStreamCall | None = None
    ack_times: list[float] = field(default_factory=list)

    async def connect(self, address: str) -> None:
        """Connect, say hello, wait for the welcome."""
        one = self.identity
        credentials = grpc.ssl_channel_credentials(one.ca_pem, pem_of(one.key), one.chain_pem)
        self.channel = grpc.aio.secure_channel(address, credentials, OPTIONS)
        method = self.channel.stream_stream(
            STREAM,
            request_serializer=telemetry_pb2.StreamRequest.SerializeToString,
            response_deserializer=telemetry_pb2.StreamResponse.FromString,
        )
        self.call = method()
        hello = telemetry_pb2.Hello(agent_version="fleet", epoch=1, boot=1, oldest_sequence=1, platform="fleet")
        hello.clock.FromDatetime(datetime.now(UTC))
        await self.call.write(telemetry_pb2.StreamRequest(hello=hello))
        while (await self.call.read()).WhichOneof("frame") != "welcome":
            pass

    async def report(self, facts: int = 10) -> float:
        """Send a full report that differs from the last; return the seconds until it is durable."""
        self.sequence += 1
        stamp = random.getrandbits(32)
        report = full(self.sequence, *(service(f"s{stamp:08x}-{n}") for n in range(facts)))
        self.digest = report.digest
        return await self._until_durable(telemetry_pb2.StreamRequest(report=report))

    async def check_in(self) -> float:
        """Send a check-in that says that nothing changed; return the seconds until it is durable."""
        self.sequence += 1
        ran = telemetry_pb2.ProbeRun(probe="services", digest=probe_digest([("", 0, self.digest)]))
        check_in = telemetry_pb2.CheckIn(sequence=self.sequence, ran=[ran])
        check_in.clock.FromDatetime(datetime.now(UTC))
        return await self._until_durable(telemetry_pb2.StreamRequest(check_in=check_in))

    async def _until_durable(self, frame: telemetry_pb2.StreamRequest) -> float:
        assert self.call is not None
        began = time.monotonic()
        await self.call.write(frame)
        while True:
            answer = await self.call.read()
            kind = answer.WhichOneof("frame")
            if kind == "ack" and answer.ack.durable_up_to >= self.sequence:
                return time.monotonic() - began
            if kind in ("refused", "want_snapshot"):
                raise RuntimeError(f"the collector says {answer}")

    async def close(self) -> None:
        """Leave."""
        if self.call is not None:
            self.call.cancel()
        if self.channel is not None:
            await self.channel.close()


class Fleet:
    """Agents that do the same, so many at a time."""

    def __init__(self, address: str, identities: list[Identity], *, at_once: int = 100) -> None:
        """Nothing is connected yet."""
        self.members = [Member(identity) for identity in identities]
        self._address = address
        self._at_once = asyncio.Semaphore(at_once)

    async def _all(self, do: Callable[[Member], Awaitable[float | None]]) -> list[float]:
        async def one(member: Member) -> float | None:
            async with self._at_once:
                return await do(member)

        return [took for took in await asyncio.gather(*map(one, self.members)) if took is not None]

    async def connect(self) -> None:
        """Connect all."""
        await self._all(lambda member: member.connect(self._address))

    async def report(self, facts: int = 10) -> list[float]:
        """Let each send one changed report; return how long each took to be durable."""
        return await self._all(lambda member: member.report(facts))

    async def check_in(self) -> list[float]:
        """Let each check in; return how long each took to be durable."""
        return await self._all(lambda member: member.check_in())

    async def check_in_spread(self, over_s: float) -> list[float]:
        """Let each check in once, at a random instant of a span, as agents with jitter do."""

        async def one(member: Member) -> float:
            await asyncio.sleep(random.uniform(0, over_s))
            return await member.check_in()

        return list(await asyncio.gather(*map(one, self.members)))

    async def close(self) -> None:
        """Leave all."""
        await asyncio.gather(*(member.close() for member in self.members))


def spread(times: list[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the maximum, in milliseconds."""
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {
        "median_ms": round(statistics.median(ordered) * 1000, 1),
        "p99_ms": round(p99 * 1000, 1),
        "max_ms": round(ordered[-1] * 1000, 1),
    }


async def measure(address: str, identities: list[Identity], collector: psutil.Process) -> dict[str, object]:
    """Connect a fleet, let it report and check in; return what it cost."""
    fleet = Fleet(address, identities)
    before, began = collector.memory_info().rss, time.monotonic()
    await fleet.connect()
    connected = time.monotonic() - began
    reports = await fleet.report()
    rss = collector.memory_info().rss
    cpu, began = sum(collector.cpu_times()[:2]), time.monotonic()
    check_ins = await fleet.check_in_spread(20)
    cpu_used, took = sum(collector.cpu_times()[:2]) - cpu, time.monotonic() - began
    after = collector.memory_info().rss
    await fleet.close()
    return {
        "agents": len(identities),
        "connect_s": round(connected, 1),
        "report": spread(reports),
        "check_in": spread(check_ins),
        "check_in_cpu_ms_each": round(cpu_used / len(identities) * 1000, 2),
        "check_in_span_s": round(took, 1),
        "rss_before_mb": before >> 20,
        "rss_connected_mb": rss >> 20,
        "rss_after_mb": after >> 20,
        "rss_kb_an_agent": round((after - before) / len(identities) / 1024, 1),
    }


def main() -> None:
    """Measure a fleet against a collector of its own."""
    from tests.fakes.serving import initialise, served

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        initialise(data)
        text = (data / "collector.toml").read_text().replace('farms = ["sts.contoso.com"]', "farms = []")
        (data / "collector.toml").write_text(text)
        identities = enlist(data, arguments.agents)
        with served(data) as up:
            process = psutil.Process(up.process.pid)
            print(json.dumps(asyncio.run(measure(up.addresses["telemetry"], identities, process)), indent=2))


if __name__ == "__main__":
    main()
