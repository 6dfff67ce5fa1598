"""Group commit: the frames of all streams go to one writer, which commits them in batches.

A stream hears of a frame only after the commit that made it durable. When a
batch fails because of one frame, each is tried alone and the poison one is
refused; when it fails because of the store (disk full, database away), all
are kept and tried again, and the streams are told to wait.

Check-ins that change nothing wait for no commit: what they say is written
with the next one, or by a reminder every few seconds.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from farmsight_collector.errors import InvalidRequestError, StoreBusyError, StoreFullError
from farmsight_collector.ingest.bounds import InFlight
from farmsight_collector.ingest.commit import Committed, Committer
from farmsight_collector.ingest.work import CheckIn, Poison, Refusal, Report, Sender, Work
from farmsight_collector.metrics import Metrics
from farmsight_wire.v1 import telemetry_pb2

log = logging.getLogger(__name__)

BATCH_FRAMES: Final = 512
BATCH_BYTES: Final = 16 << 20
RETRY_S: Final = 1.0
GATHER_S: Final = 0.05  # check-ins wait so long for others: alone, a transaction costs ten times its share
OWED_FOR_S: Final = 2.0  # what a crash may cost of coverage; far below the grace after which a run is stale
# What the store itself suffers from, and no frame is to blame for.
_OF_THE_STORE: Final = (StoreFullError, StoreBusyError)


class Pipeline:
    """The writer thread and the queue before it. `submit` and `stop` belong to the event loop."""

    def __init__(
        self,
        committer: Committer,
        in_flight: InFlight,
        metrics: Metrics,
        changed: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        """Commit by this committer; `changed` is told of farms, on the event loop."""
        self._committer = committer
        self._in_flight = in_flight
        self._metrics = metrics
        self._changed = changed
        self._now = now
        self._queue: deque[Work] = deque()
        self._there_is_work = threading.Condition()
        self._urgent = False
        self._stopping = False
        self._reminded = False
        self._reminder: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)
        self.failing = False
        metrics.ask("queue_frames", lambda: len(self._queue))

    def start(self) -> None:
        """Start the writer; on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._reminder = self._loop.call_later(OWED_FOR_S, self._remind)
        self._thread.start()

    def submit(self, work: Work) -> None:
        """Queue one frame; its bytes were taken from the in-flight bound before."""
        with self._there_is_work:
            self._queue.append(work)
            self._urgent |= not isinstance(work, CheckIn)
            if self._urgent or len(self._queue) == 1:
                self._there_is_work.notify()

    async def stop(self) -> None:
        """Commit what is queued, write what is owed, and end the writer."""
        if self._reminder is not None:
            self._reminder.cancel()
        with self._there_is_work:
            self._stopping = True
            self._there_is_work.notify()
        await asyncio.to_thread(self._thread.join, 3.0)

    def _remind(self) -> None:
        assert self._loop is not None  # start() came first
        self._reminder = self._loop.call_later(OWED_FOR_S, self._remind)
        with self._there_is_work:
            self._reminded = True
            self._there_is_work.notify()

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            try:
                if batch:
                    self._write(batch)
                else:
                    self._write_owed()
            except Exception:  # whatever it is, the writer must live; nothing of the batch was acknowledged
                log.exception("a batch of %d frames was lost to an error; agents send it again", len(batch))
                self._post(lambda batch=batch: self._drop(batch))  # type: ignore[misc]
        self._write_owed()

    def _next(self) -> list[Work] | None:
        """Wait for work and take up to a batch; empty when it is time to write what is owed, None to end."""
        batch: list[Work] = []
        size = 0
        with self._there_is_work:
            while not (self._queue or self._stopping or self._reminded):
                self._there_is_work.wait()
            if not (self._urgent or self._stopping or self._reminded):
                self._there_is_work.wait(GATHER_S)
            if self._reminded:
                self._reminded = False
                return batch
            if not self._queue:
                return None
            while self._queue and len(batch) < BATCH_FRAMES and size < BATCH_BYTES:
                batch.append(self._queue.popleft())
                size += batch[-1].size
            self._urgent = bool(self._queue)
        return batch

    def _write_owed(self) -> None:
        try:
            if self._committer.write_owed():
                self._works_again()
        except Exception as error:  # it stays owed, and is tried again
            self._fails(error)

    def _fails(self, error: Exception) -> None:
        self._metrics.add("commit_failures")
        if not self.failing:
            log.error("nothing can be committed: %s; frames are kept and tried again", error)
        self.failing = True

    def _works_again(self) -> None:
        if self.failing:
            log.warning("the store takes commits again")
        self.failing = False

    def _write(self, batch: Sequence[Work]) -> None:
        if len(batch) > 1:
            try:
                self._commit(batch)
                return
            except Exception as error:  # one of them, or the store: found out one by one
                log.warning("a batch of %d frames is committed one by one: %s", len(batch), error)
        for work in batch:
            self._write_alone(work)

    def _write_alone(self, work: Work) -> None:
        blamed = False
        while True:
            try:
                self._commit([work])
                return
            except Exception as error:
                of_the_store = isinstance(error, _OF_THE_STORE) or not self._committer.works()
                if of_the_store:
                    if not self._wait_for_the_store(work.sender, error):
                        return
                elif blamed:
                    self._refuse(work, error)
                    return
                blamed = not of_the_store  # once more: the store may have come back just now

    def _wait_for_the_store(self, sender: Sender, error: Exception) -> bool:
        """Wait a little; False when the collector stops, and the frame stays unacknowledged."""
        self._fails(error)
        self._post(lambda: sender.stalled(RETRY_S))
        with self._there_is_work:
            if not self._stopping:
                self._there_is_work.wait_for(lambda: self._stopping, timeout=RETRY_S)
            return not self._stopping

    def _commit(self, batch: Sequence[Work]) -> None:
        committed = self._committer.commit(batch)
        if committed.written:
            self._metrics.add("commits")
            self._works_again()
        self._post(lambda: self._settle(batch, committed))

    def _refuse(self, work: Work, error: Exception) -> None:
        """Put one frame that the store can't take into quarantine."""
        if not isinstance(error, InvalidRequestError):
            log.error("a frame of agent %s could not be applied", work.sender.agent.id, exc_info=error)
        if isinstance(work, Poison):  # not even quarantine takes it
            self._post(lambda: self._drop([work]))
            return
        sequence = work.report.sequence if isinstance(work, Report) else 0
        detail = str(error) if isinstance(error, InvalidRequestError) else "the collector can't apply this frame"
        refusal = Refusal(sequence=sequence, reason=telemetry_pb2.REFUSAL_REASON_INVALID, detail=detail)
        data = work.report.SerializeToString() if isinstance(work, Report) else b""
        self._metrics.add("refused_invalid")
        poison = Poison(sender=work.sender, refusal=refusal, data=data, received=self._now(), size=work.size)
        self._write_alone(poison)

    def _settle(self, batch: Sequence[Work], committed: Committed) -> None:
        for work in batch:
            told = committed.told[work.sender]
            told.size += work.size
            told.frames += 1
            self._in_flight.give_back(work.size)
        for sender, told in committed.told.items():
            sender.settled(told)
        for farm in committed.farms:
            self._changed(farm)

    def _drop(self, batch: Sequence[Work]) -> None:
        for work in batch:
            self._in_flight.give_back(work.size)
            work.sender.lost()

    def _post(self, call: Callable[[], None]) -> None:
        assert self._loop is not None  # start() came first
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # the loop is closed: nobody is left to be told
            log.debug("the event loop has ended")
