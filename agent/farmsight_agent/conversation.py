"""One stream with one collector: what to say next, and what was heard."""

import logging
import math
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from farmsight_agent import reporting
from farmsight_agent.clock import Clock, timestamp
from farmsight_agent.collector_clock import CollectorClock
from farmsight_agent.reporting import StateKey
from farmsight_agent.schedule import Schedule
from farmsight_agent.selfwatch import VERSION
from farmsight_agent.spool import SnapshotOf, Spool, ToSend
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.telemetry_pb2 import BlobChunk, CheckIn, Hello, StreamRequest, StreamResponse

_LOG: Final = logging.getLogger(__name__)
_BOOT: Final = secrets.randbits(62) + 1
_CHUNK: Final = 256 * 1024
# How long after its last word a delivery counts as complete. What a collector wants besides comes with its ack.
_QUIET_S: Final = 0.3
_WELCOME_WITHIN_S: Final = 30.0
_SNAPSHOT_EVERY_S: Final = 2.0
_CHECK_INS_A_BATCH: Final = 5  # samples wait for every fifth check-in
_RUNS_A_CHECK_IN: Final = 10  # so that one stays under 400 bytes on the wire
_MOST_BLOBS: Final = 10_000
_TOO_MUCH: Final = (telemetry_pb2.REFUSAL_REASON_RATE, telemetry_pb2.REFUSAL_REASON_IN_FLIGHT)


class Conversation:
    """The state of one stream. `outgoing` runs on gRPC's thread, `heard` on the uplink's."""

    def __init__(
        self,
        spool: Spool,
        schedule: Schedule,
        clock: Clock,
        collector_clock: CollectorClock,
        *,
        check_in_s: float,
        once: bool,
        over: Callable[[], bool],
    ) -> None:
        """Speak for the spool; with `once` end when everything is delivered; end when `over` says so."""
        self._spool = spool
        self._schedule = schedule
        self._clock = clock
        self._collector_clock = collector_clock
        self._check_in_s = check_in_s
        self._once = once
        self._over = over
        self._changed = threading.Condition()
        self._epoch = spool.epoch
        self._queue: deque[ToSend] = deque()
        self._sent: set[int] = set()  # every sequence said in this stream
        self._unsettled: set[int] = set()  # of those, what is not yet settled
        self._more = True
        self._blobs: deque[bytes] = deque()
        self._blob: tuple[bytes, int, int] | None = None  # digest, size, how much is said
        self._credits = 0
        self._wait_until = 0.0
        self._next_check_in = 0.0
        self._next_samples = 0.0
        self._largest_blob = 0
        self._snapshots: dict[bytes, float] = {}
        self._last_word = clock.monotonic()
        self._hello_at = (0.0, 0.0)
        self._ended = False
        self.welcome: telemetry_pb2.Welcome | None = None
        self.delivered = False

    def end(self) -> None:
        """Say nothing more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def notify(self) -> None:
        """Look again: there is more to send, or a reason to end."""
        with self._changed:
            self._more = True
            self._changed.notify_all()

    def outgoing(self) -> Iterator[StreamRequest]:
        """Yield frames until the conversation ends."""
        started = self._clock.monotonic()
        self._hello_at = (self._clock.now().timestamp(), started)
        yield StreamRequest(hello=self._hello())
        while True:
            with self._changed:
                if self._must_end(started):
                    return
                frame = self._next() if self.welcome is not None else None
                if frame is None:
                    self._changed.wait(self._patience())
                    continue
                self._last_word = self._clock.monotonic()
            yield frame

    def _must_end(self, started: float) -> bool:
        if self._ended or self._over() or self._spool.epoch != self._epoch:
            return True
        now = self._clock.monotonic()
        if self.welcome is None:
            return now - started > _WELCOME_WITHIN_S
        if self._once and self._idle() and now - self._last_word > _QUIET_S:
            self.delivered = True
        return self.delivered

    def _idle(self) -> bool:
        return not (self._more or self._queue or self._unsettled or self._blobs or self._blob) and (
            self._next_check_in > 0
        )

    def _patience(self) -> float:
        """Return how long to sleep when nobody wakes us."""
        if self._once:
            return 0.1
        now = self._clock.monotonic()
        if self.welcome is None:
            return 1.0
        due = self._wait_until if self._wait_until > now else self._next_check_in
        return min(5.0, max(0.01, due - now))

    def _hello(self) -> Hello:
        return Hello(
            agent_version=VERSION,
            epoch=self._epoch,
            boot=_BOOT,
            clock=timestamp(self._clock.now()),
            oldest_sequence=self._spool.oldest_sequence,
            next_sequence=self._spool.next_sequence,
            platform=self._schedule.platform,
            check_in_seconds=max(1, math.ceil(self._check_in_s)),
        )

    def _next(self) -> StreamRequest | None:
        now = self._clock.monotonic()
        if now < self._wait_until:
            return None
        if (chunk := self._next_chunk()) is not None:
            return chunk
        if self._more:
            self._more = False
            self._queue = deque(self._spool.to_send(self._sent, resuming=not self._sent))
        while self._queue and len(self._unsettled) < self._credits:
            if (frame := self._take(self._queue.popleft())) is not None:
                return frame
        if now >= self._next_check_in and not (self._once and (self._queue or self._unsettled)):
            self._next_check_in = now + self._check_in_s
            return self._check_in()
        return None

    def _take(self, item: ToSend) -> StreamRequest | None:
        frame = self._spool.frame(item.sequence, whole=item.whole, epoch=self._epoch)
        if frame is None:
            return None
        if frame.HasField("check_in"):
            frame.check_in.clock.CopyFrom(timestamp(self._clock.now()))
        self._sent.add(item.sequence)
        self._unsettled.add(item.sequence)
        return frame

    def _check_in(self) -> StreamRequest:
        """Return one frame for all that changed nothing: which probes ran, and now and then samples."""
        self._spool.tend()
        sequence, now = 0, self._clock.monotonic()
        if self._once or now >= self._next_samples:
            self._next_samples = now + _CHECK_INS_A_BATCH * self._check_in_s
            sequence = self._spool.flush_samples()  # of another epoch by now, perhaps: then it is not taken
        frame = (self._take(ToSend(sequence, whole=False)) if sequence else None) or StreamRequest(
            check_in=CheckIn(clock=timestamp(self._clock.now()))
        )
        self._add_runs(frame.check_in)
        return frame

    def _add_runs(self, check_in: CheckIn) -> None:
        most = None if self._once else _RUNS_A_CHECK_IN
        runs = sorted(self._schedule.unchanged_runs(), key=lambda run: run.ended)
        # What the collector does not yet know can't be said to be unchanged.
        told = [run for run in runs if self._spool.settled(run.probe)][:most]
        self._schedule.put_back([run for run in runs if run not in told])
        for run in told:
            digest = reporting.probe_digest(self._spool.states(run.probe))
            ago = max(0, round(self._clock.monotonic() - run.ended))
            check_in.ran.add(probe=run.probe, digest=digest, seconds_ago=ago)

    def _next_chunk(self) -> StreamRequest | None:
        while self._blob is None and self._blobs:
            digest = self._blobs.popleft()
            size = self._spool.blob_size(digest)
            if 0 < size <= self._largest_blob:
                self._blob = (digest, size, 0)
        if self._blob is None:
            return None
        digest, size, offset = self._blob
        piece = self._spool.blob_piece(digest, offset, min(_CHUNK, size - offset))
        end = offset + len(piece)
        self._blob = (digest, size, end) if piece and end < size else None
        return StreamRequest(blob=BlobChunk(sha256=digest, size=size, offset=offset, data=piece)) if piece else None

    def heard(self, response: StreamResponse) -> None:
        """Take one frame from the collector."""
        with self._changed:
            self._last_word = self._clock.monotonic()
            kind = response.WhichOneof("frame")
            handler = self._handlers().get(kind or "")
            if handler is not None:  # a frame of a later version says nothing to this one
                handler(response)
            self._changed.notify_all()

    def _handlers(self) -> dict[str, Callable[[StreamResponse], None]]:
        return {
            "welcome": lambda frame: self._welcomed(frame.welcome),
            "ack": lambda frame: self._acknowledged(frame.ack.durable_up_to, set(frame.ack.durable_beyond)),
            "want_blobs": lambda frame: self._wanted(frame.want_blobs),
            "want_snapshot": lambda frame: self._snapshot(frame.want_snapshot),
            "cadence": lambda frame: self._schedule.set_cadence(frame.cadence.probe, frame.cadence.every.seconds),
            "pace": lambda frame: self._paced(frame.pace),
            "refused": lambda frame: self._was_refused(frame.refused),
        }

    def _welcomed(self, welcome: telemetry_pb2.Welcome) -> None:
        now, monotonic = self._clock.now().timestamp(), self._clock.monotonic()
        sent_at, sent_monotonic = self._hello_at
        self._collector_clock.answered(
            sent=sent_at,
            received=now,
            theirs=welcome.clock.seconds + welcome.clock.nanos / 1e9,
            round_trip_s=monotonic - sent_monotonic,
            at=monotonic,
        )
        self._largest_blob = welcome.max_blob_bytes
        self._acknowledged(welcome.durable_up_to, set(welcome.durable_beyond))
        self._paced(welcome.pace)
        self.welcome = welcome

    def _acknowledged(self, up_to: int, beyond: set[int]) -> None:
        if up_to >= self._spool.next_sequence:
            _LOG.error("the collector acknowledged %d, which was never said; ignored", up_to)
            return
        self._spool.settle(up_to, beyond, epoch=self._epoch)
        self._unsettled = {sequence for sequence in self._unsettled if sequence > up_to and sequence not in beyond}

    def _wanted(self, want: telemetry_pb2.WantBlobs) -> None:
        room = _MOST_BLOBS - len(self._blobs)
        self._blobs.extend(want.sha256[: max(room, 0)])

    def _snapshot(self, want: telemetry_pb2.WantSnapshot) -> None:
        name, now = want.SerializeToString(deterministic=True), self._clock.monotonic()
        if now - self._snapshots.get(name, -_SNAPSHOT_EVERY_S) < _SNAPSHOT_EVERY_S:
            return
        self._snapshots[name] = now
        self._spool.snapshot(SnapshotOf(want))
        self._more = True

    def _paced(self, pace: telemetry_pb2.Pace) -> None:
        self._credits = max(1, pace.credits)
        wait = pace.retry_after.seconds + pace.retry_after.nanos / 1e9
        self._wait_until = self._clock.monotonic() + min(max(wait, 0.0), 3600.0)

    def _was_refused(self, refused: telemetry_pb2.Refused) -> None:
        reason = telemetry_pb2.RefusalReason.Name(refused.reason)
        _LOG.warning("the collector refused report %d: %s %s", refused.sequence, reason, refused.detail)
        if not refused.sequence:
            return
        newest = self._spool.refuse(refused.sequence, epoch=self._epoch)
        self._unsettled.discard(refused.sequence)
        if newest is None:
            return
        if refused.reason in _TOO_MUCH:
            self._wait_until = max(self._wait_until, self._clock.monotonic() + 1.0)
        if refused.reason in (*_TOO_MUCH, telemetry_pb2.REFUSAL_REASON_BASE_UNKNOWN):
            want = telemetry_pb2.WantSnapshot(probe=newest.probe, part=newest.part, context=newest.context)
            self._spool.snapshot(SnapshotOf(want))
        else:
            self._say_unreportable(newest, f"{reason}: {refused.detail}")
        self._more = True

    def _say_unreportable(self, key: StateKey, detail: str) -> None:
        """Say that a part can't be told, lest an older state passes for the present one."""
        state = next((s for s in self._spool.states(key.probe) if reporting.key_of(s) == key), None)
        if state is not None and state.reason != "refused-by-collector":
            self._spool.record([reporting.unreportable(state, "refused-by-collector", detail[:500])])
