"""Ready frames over many real mTLS streams, as fast as they are acknowledged."""

import asyncio
import time
from collections.abc import Callable, Sequence

import grpc
import grpc.aio

from farmsight_wire.v1 import telemetry_pb2
from tests.fakes.agents import OPTIONS, STREAM, Identity, pem_of

CREDITS = 64


class Stream:
    """One stream of one agent; frames are numbered from 1 in the order they are sent."""

    def __init__(self, identity: Identity) -> None:
        """Nothing is connected yet."""
        self._identity = identity
        self._durable = 0
        self._heard = asyncio.Condition()

    async def connect(self, address: str) -> None:
        """Connect and say hello."""
        one = self._identity
        credentials = grpc.ssl_channel_credentials(one.ca_pem, pem_of(one.key), one.chain_pem)
        self._channel = grpc.aio.secure_channel(address, credentials, OPTIONS)
        method = self._channel.stream_stream(
            STREAM, request_serializer=None, response_deserializer=telemetry_pb2.StreamResponse.FromString
        )
        self._call = method()
        hello = telemetry_pb2.Hello(agent_version="bench", epoch=1, boot=1, oldest_sequence=1, platform="bench")
        hello.clock.GetCurrentTime()
        await self._call.write(telemetry_pb2.StreamRequest(hello=hello).SerializeToString())
        while (await self._call.read()).WhichOneof("frame") != "welcome":
            pass

    async def send(self, frames: Sequence[bytes]) -> None:
        """Send frames with up to so many unacknowledged as the collector allows; return when all are durable."""
        first = self._durable
        reader = asyncio.create_task(self._read(first + len(frames)))
        for number, frame in enumerate(frames, start=first + 1):
            if number - self._durable > CREDITS:
                async with self._heard:
                    await self._heard.wait_for(lambda number=number: number - self._durable <= CREDITS)  # type: ignore[misc]
            await self._call.write(frame)
        await reader

    async def tell(self, frame: bytes) -> None:
        """Send a frame that may have no number; return when the next acknowledgement comes."""
        await self._call.write(frame)
        while (kind := (await self._call.read()).WhichOneof("frame")) != "ack":
            if kind in ("refused", "want_snapshot"):
                raise RuntimeError(f"the collector answers {kind}")

    async def _read(self, until: int) -> None:
        while self._durable < until:
            answer = await self._call.read()
            kind = answer.WhichOneof("frame")
            if kind in ("refused", "want_snapshot"):
                raise RuntimeError(f"the collector says {answer}")
            if kind == "ack":
                async with self._heard:
                    self._durable = max(self._durable, answer.ack.durable_up_to)
                    self._heard.notify_all()

    async def close(self) -> None:
        """Leave."""
        self._call.cancel()
        await self._channel.close()


async def send_all(
    address: str,
    identities: Sequence[Identity],
    phases: Sequence[Sequence[Sequence[bytes]]],
    between: Callable[[], None] = lambda: None,
) -> list[float]:
    """Send the frames of each phase, from all agents at once; return the seconds that each phase took.

    `phases` hold the frames by agent. `between` is called before the first phase and after each.
    """
    streams = [Stream(identity) for identity in identities]
    await asyncio.gather(*(stream.connect(address) for stream in streams))
    took = []
    await asyncio.to_thread(between)
    for phase in phases:
        began = time.perf_counter()
        await asyncio.gather(*(stream.send(some) for stream, some in zip(streams, phase, strict=True)))
        took.append(time.perf_counter() - began)
        await asyncio.to_thread(between)
    await asyncio.gather(*(stream.close() for stream in streams))
    return took
