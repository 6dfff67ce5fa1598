"""One stream of one agent: what the collector remembers of it, and what it still has to say.

Ten thousand of these are idle at once: no task, queue or buffer exists while
there is nothing to do.
"""

import asyncio
from collections import deque
from datetime import datetime, timedelta
from typing import Final

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.clock import Clock, from_timestamp, timestamp
from farmsight_collector.config import Bounds
from farmsight_collector.ingest import pace
from farmsight_collector.ingest.assembly import Assembly
from farmsight_collector.ingest.bounds import Bucket, InFlight
from farmsight_collector.ingest.work import Settled
from farmsight_collector.rpc.peer import Context
from farmsight_collector.store.agents import AgentRow, Seen
from farmsight_collector.version import VERSION
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.telemetry_pb2 import Ack, Refused, StreamResponse, WantBlobs, Welcome

MOST_UNSAID: Final = 2000  # frames for an agent that does not read
BLOBS_A_FRAME: Final = 256
# Below this the difference between two clocks is not told apart from the way of the frame.
_SAME_CLOCK: Final = timedelta(seconds=1)
_SEEN_EVERY_S: Final = 60.0
_CHECK_IN_S: Final = 60  # of an agent that does not say
_LONGEST_CHECK_IN_S: Final = 3600


class Session:
    """The collector's side of one stream. Everything here happens on the event loop."""

    __slots__ = (
        "_ack",
        "_agent",
        "_bounds",
        "_clock",
        "_context",
        "_credits",
        "_epoch",
        "_load",
        "_outbox",
        "_seen_at",
        "_task",
        "_writing",
        "asked",
        "assembly",
        "bucket",
        "check_in_s",
        "cut",
        "cut_code",
        "heard",
        "in_flight",
        "not_after",
        "offset",
        "platform",
        "under_way",
        "version",
    )

    def __init__(
        self,
        agent: AgentRow,
        hello: telemetry_pb2.Hello,
        context: Context,
        *,
        not_after: datetime,
        clock: Clock,
        bounds: Bounds,
        load: InFlight,
    ) -> None:
        """Begin with the agent's hello, heard just now; raises ValueError when its clock is no time."""
        self._agent = agent
        self._ack = Ack()
        self._epoch = hello.epoch
        self._context = context
        self._bounds = bounds
        self._load = load
        self._clock = clock
        self._credits = bounds.credits
        self._outbox: deque[StreamResponse] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._seen_at = clock.monotonic()
        self._task = asyncio.current_task()
        self.not_after = not_after
        self.version = hello.agent_version
        self.platform = hello.platform
        self.heard = clock.now()
        self.check_in_s = min(max(hello.check_in_seconds or _CHECK_IN_S, 1), _LONGEST_CHECK_IN_S)
        self.offset = from_timestamp(hello.clock) - self.heard
        self.asked: set[bytes] = set()
        self.assembly: Assembly | None = None
        self.bucket = Bucket(bounds.agent_frames_per_second, bounds.agent_burst_frames, self._seen_at)
        self.in_flight = InFlight(bounds.agent_in_flight_bytes)
        self.under_way = 0
        self.cut = ""
        self.cut_code = grpc.StatusCode.UNAVAILABLE

    @property
    def agent(self) -> AgentRow:
        """Return who speaks."""
        return self._agent

    @property
    def epoch(self) -> int:
        """Return the epoch of the agent's spool."""
        return self._epoch

    def seen(self, at: datetime) -> Seen:
        """Return what is noted of the agent on its row."""
        return Seen(
            agent_id=self._agent.id,
            at=at,
            version=self.version,
            platform=self.platform,
            clock_offset_us=self.offset // timedelta(microseconds=1),
            check_in_s=self.check_in_s,
        )

    def seen_in_a_while(self, at: datetime, monotonic: float) -> Seen | None:
        """Return what is to be noted when the last note is old, else None."""
        if monotonic - self._seen_at < _SEEN_EVERY_S:
            return None
        self._seen_at = monotonic
        return self.seen(at)

    def hear_clock(self, stamp: Timestamp, received: datetime) -> None:
        """Measure the agent's clock anew; raises ValueError when it is no time."""
        self.offset = from_timestamp(stamp) - received

    def corrected(self, stamp: Timestamp, received: datetime) -> datetime:
        """Return an agent's time by the collector's clock, never later than it was received.

        Raises ValueError when it is no time.
        """
        at = from_timestamp(stamp)
        if abs(self.offset) >= _SAME_CLOCK:
            try:
                at -= self.offset
            except OverflowError as error:
                raise ValueError("the time is out of range") from error
        return min(at, received)

    def say(self, frame: StreamResponse) -> None:
        """Send a frame when the stream takes it."""
        if self._outbox is None:
            self._outbox = deque()
        if len(self._outbox) >= MOST_UNSAID:
            self.end("the agent does not read what it is told", grpc.StatusCode.RESOURCE_EXHAUSTED)
            return
        self._outbox.append(frame)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    def settled(self, told: Settled) -> None:
        """Tell the agent what was committed."""
        self.under_way -= told.frames
        self.in_flight.give_back(told.size)
        self.asked.difference_update(told.stored_blobs)
        if told.durable_up_to is not None:
            self._ack = Ack(durable_up_to=told.durable_up_to, durable_beyond=told.durable_beyond)
        if told.greeted:
            self.say(self._welcome())
        # Before the acknowledgement, which covers refused numbers too: after it the agent knows them no more.
        for refusal in told.refused:
            self.refuse(refusal.sequence, refusal.reason, refusal.detail)
        for snapshot in told.snapshots:
            self.say(StreamResponse(want_snapshot=snapshot))
        if told.frames and not told.greeted:
            self.say(StreamResponse(ack=self._ack))
        self._want(told.missing_blobs)
        self.pace()

    def stalled(self, retry_after_s: float) -> None:
        """Tell the agent to wait: the store can't commit just now."""
        if self._credits != pace.STALLED_CREDITS:
            self._credits = pace.STALLED_CREDITS
            self.say(StreamResponse(pace=pace.pace(pace.STALLED_CREDITS, retry_after_s)))

    def lost(self) -> None:
        """End the stream, so that the agent comes back and sends again what was not acknowledged."""
        self.end("the collector could not keep what was sent; connect again")

    def pace(self) -> None:
        """Tell the agent its pace when it is another than before."""
        wait = self.bucket.seconds_until(0.5)
        granted = 1 if wait else pace.credits_at(self._load.held / self._load.bound, self._bounds.credits)
        if granted != self._credits:
            self._credits = granted
            self.say(StreamResponse(pace=pace.pace(granted, wait)))

    def refuse(self, sequence: int, reason: telemetry_pb2.RefusalReason.ValueType, detail: str) -> None:
        """Tell the agent that a frame was not taken."""
        self.say(StreamResponse(refused=Refused(sequence=sequence, reason=reason, detail=detail)))

    def end(self, reason: str, code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> None:
        """End the stream from outside its handler, which sends code and reason as the status."""
        if not self.cut and self._task is not None:
            self.cut, self.cut_code = reason, code
            self._task.cancel()

    async def finish(self, patience_s: float) -> None:
        """Wait until everything read is committed and everything to say is said, or patience ends."""
        try:
            async with asyncio.timeout(patience_s):
                while self.under_way or self._writing is not None:
                    await (self._writing or asyncio.sleep(0.01))
        except TimeoutError:
            return

    def close(self) -> None:
        """Let go of what the stream held."""
        if self._writing is not None:
            self._writing.cancel()
        if self.assembly is not None:
            self.assembly.close()

    def _welcome(self) -> StreamResponse:
        welcome = Welcome(
            clock=timestamp(self._clock.now()),
            durable_up_to=self._ack.durable_up_to,
            durable_beyond=self._ack.durable_beyond,
            pace=pace.pace(self._credits),
            max_frame_bytes=self._bounds.frame_bytes,
            max_blob_bytes=self._bounds.blob_bytes,
            farm=self._agent.farm,
            server=self._agent.server,
            role=self._agent.role,
            collector_version=VERSION,
        )
        return StreamResponse(welcome=welcome)

    def _want(self, hashes: list[bytes]) -> None:
        new = [sha256 for sha256 in dict.fromkeys(hashes) if sha256 not in self.asked]
        self.asked.update(new)
        for start in range(0, len(new), BLOBS_A_FRAME):
            self.say(StreamResponse(want_blobs=WantBlobs(sha256=new[start : start + BLOBS_A_FRAME])))

    async def _write(self) -> None:
        try:
            while self._outbox:
                frame = self._outbox.popleft()
                if frame.HasField("ack") and any(later.HasField("ack") for later in self._outbox):
                    continue  # a later one says this and more
                await self._context.write(frame)
        except Exception:  # the stream is gone; its handler sees to the rest
            if self._outbox is not None:
                self._outbox.clear()
        finally:
            self._outbox = None
            self._writing = None
