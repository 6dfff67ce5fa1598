"""The queue between probes and collector: durable, bounded, and never the reason to stop.

Order of things: a report is written here first, then sent, then forgotten
when the collector says that it is durable there. When there is no room the
oldest history goes, and is counted; the newest state of every part stays.
When the disk can't be written the spool lives in memory under an epoch of
its own until it can be again.
"""

import contextlib
import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from farmsight_agent import reporting
from farmsight_agent.clock import Clock
from farmsight_agent.reporting import StateKey, key_of
from farmsight_agent.spool_file import SAMPLES_ONLY, DamagedError, SpoolFile
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.telemetry_pb2 import CheckIn, ProbeReport, StreamRequest

_LOG: Final = logging.getLogger(__name__)
_MEMORY_LIMIT: Final = 16 * 1024 * 1024
_SAMPLES_A_ROW: Final = 200


class ToSend(NamedTuple):
    """A row to be sent, and whether as the whole state."""

    sequence: int
    whole: bool


class Spool:
    """Safe to use from several threads."""

    def __init__(self, path: Path | None, *, limit_bytes: int, blob_limit: int, clock: Clock) -> None:
        """Open the spool at `path`; a damaged one is moved aside, an unwritable disk means memory.

        None is a spool for one run, in memory.
        """
        self._path = path or Path(":memory:")
        self._limit = limit_bytes
        self._blob_limit = blob_limit
        self._clock = clock
        self._lock = threading.RLock()
        self.quarantined = False
        self.trouble = ""
        self.dropped = 0
        self.renumbered = 0  # newest states that made room and were added again
        self.refused = 0
        self.on_change: Callable[[], None] = lambda: None  # called, without the lock, when there is more to send
        self._samples: list[telemetry_pb2.Sample] = []  # not yet in a row; a crash may cost these few
        self._on_disk = True
        self._file = SpoolFile(None, limit_bytes) if path is None else self._open()

    def _open(self) -> SpoolFile:
        try:
            return SpoolFile(self._path, self._limit)
        except sqlite3.OperationalError as error:
            return self._in_memory(error)
        except (sqlite3.DatabaseError, DamagedError) as error:
            return self._anew(error)

    def _anew(self, error: Exception) -> SpoolFile:
        """Move the damaged file aside and begin a new epoch."""
        aside = self._path.with_name(f"{self._path.name}.damaged-{self._clock.now():%Y%m%dT%H%M%S}")
        _LOG.error("spool %s is damaged (%s); moved to %s, starting anew", self._path, error, aside.name)
        self.quarantined = True
        self.trouble = f"spool was damaged ({error}) and moved to {aside.name}"
        with contextlib.suppress(OSError):
            self._path.replace(aside)
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()
        try:
            return SpoolFile(self._path, self._limit)
        except (sqlite3.Error, DamagedError) as again:
            return self._in_memory(again)

    def _in_memory(self, error: Exception) -> SpoolFile:
        _LOG.error("spool %s can't be written (%s); going on in memory", self._path, error)
        self.trouble = f"spool on disk can't be written: {error}"
        self._on_disk = False
        return SpoolFile(None, min(self._limit, _MEMORY_LIMIT))

    @property
    def epoch(self) -> int:
        """Return the epoch that sequences count in; a new one means that sequences began anew."""
        return self._file.epoch

    @property
    def next_sequence(self) -> int:
        """Return the sequence that the next row will have."""
        with self._lock:
            return self._file.next_sequence

    @property
    def oldest_sequence(self) -> int:
        """Return the lowest sequence that is not yet settled, or the next one."""
        with self._lock:
            return self._file.oldest_sequence

    def record(self, reports: Sequence[ProbeReport]) -> bool:
        """Take the full reports of one run; return whether any of them changed a state.

        Reports that change nothing leave only their samples behind.
        """
        with self._lock:
            try:
                changed = self._record(reports)
            except sqlite3.OperationalError as error:
                self._leave_disk(error)
                changed = self._record(reports)
            except (sqlite3.DatabaseError, DamagedError) as error:
                self._replace_damaged(error)
                changed = self._record(reports)
        self.on_change()
        return changed

    def _record(self, reports: Sequence[ProbeReport]) -> bool:
        changed = False
        samples: list[telemetry_pb2.Sample] = []
        with self._file.transaction():
            for report in reports:
                before = self._state(key_of(report))
                if before is not None and before.digest == report.digest:
                    samples += report.samples
                else:
                    self._append(before, report)
                    changed = True
            self._bound()
        self._samples += samples
        if len(self._samples) >= _SAMPLES_A_ROW:
            self._write_samples()
        return changed

    def flush_samples(self) -> int:
        """Make the samples of runs that changed nothing a row of their own; return its sequence, 0 for none."""
        with self._lock, self._writing():
            return self._append_samples()
        return 0  # writing failed, and the spool changed over to one that can be written

    def _write_samples(self) -> None:
        with self._file.transaction():
            self._append_samples()

    def _append_samples(self) -> int:
        if not self._samples:
            return 0
        samples, self._samples = self._samples, []
        check_in = CheckIn(samples=samples, sequence=self._file.next_sequence)
        self._file.append(SAMPLES_ONLY, StreamRequest(check_in=check_in).SerializeToString(), check_in.sequence)
        return check_in.sequence

    def _append(self, before: ProbeReport | None, report: ProbeReport) -> int:
        """Add a report; what is sent may be a change, what is kept as state is whole."""
        sequence = self._file.next_sequence
        sent = ProbeReport()
        sent.CopyFrom(report if before is None else reporting.delta(before, report))
        sent.sequence = sequence
        state = ProbeReport()
        state.CopyFrom(report)
        state.sequence = sequence
        del state.samples[:]
        key = key_of(report)
        self._file.append(key, StreamRequest(report=sent).SerializeToString(), sequence)
        self._file.set_state(key, sequence, state.SerializeToString(), reporting.blobs_of(state))
        return sequence

    def _bound(self) -> None:
        """Drop the oldest rows until the rest fits; a newest state among them is added again, whole."""
        size, count, _ = self._file.sizes()
        limit = (self._limit if self._on_disk else _MEMORY_LIMIT) // 2
        if size <= limit:
            return
        rescued: list[ProbeReport] = []
        for sequence, key in self._file.pending()[: count - 1]:
            if size <= limit * 9 // 10:  # some room, so that this is not done for every report
                break
            state = self._state(key) if key != SAMPLES_ONLY else None
            row = self._file.body(sequence)
            size -= len(row[1]) if row else 0
            self._file.delete(0, [sequence])
            if state is not None and state.sequence == sequence:
                rescued.append(state)
            else:
                self.dropped += 1
        self.renumbered += len(rescued)
        for state in rescued:
            self._append(None, state)

    def _state(self, key: StateKey) -> ProbeReport | None:
        found = self._file.state(key)
        return None if found is None else ProbeReport.FromString(found[1])

    def states(self, probe: str) -> list[ProbeReport]:
        """Return the newest full state of each part of a probe."""
        with self._lock:
            keys = self._file.state_keys(probe)
            return [state for key in keys if (state := self._state(key)) is not None]

    def settled(self, probe: str) -> bool:
        """Return whether the collector has every report of the probe."""
        with self._lock:
            return not self._file.has_pending(probe)

    def to_send(self, sent: Container[int], *, resuming: bool) -> list[ToSend]:
        """Return what is not yet sent: newest state of each part first, then the rest ascending.

        A newest state goes whole when older ones of its part follow it, and
        always when `resuming`: nobody knows what became of earlier frames.
        """
        with self._lock:
            rows = [row for row in self._file.pending() if row[0] not in sent]
        newest: dict[StateKey, int] = {}
        older: set[StateKey] = set()
        for sequence, key in rows:
            if key != SAMPLES_ONLY:
                if key in newest:
                    older.add(key)
                newest[key] = sequence
        first = [ToSend(sequence, resuming or key in older) for key, sequence in newest.items()]
        leading = set(newest.values())
        rest = [ToSend(sequence, whole=False) for sequence, _ in rows if sequence not in leading]
        return sorted(first) + rest

    def frame(self, sequence: int, *, whole: bool, epoch: int | None = None) -> StreamRequest | None:
        """Return what to send under a sequence; `whole` asks for the full state where it is the newest.

        None when it is gone, settled or damaged meanwhile, or when the spool
        changed over: a sequence means nothing outside its epoch.
        """
        with self._lock:
            if epoch not in {None, self.epoch}:
                return None
            try:
                row = self._file.body(sequence)
                if row is None:
                    return None
                frame = StreamRequest.FromString(row[1])
                state = self._state(row[0]) if whole and frame.HasField("report") else None
                if state is not None and state.sequence == sequence:
                    state.samples.extend(frame.report.samples)
                    frame.report.CopyFrom(state)
            except (DamagedError, sqlite3.DatabaseError) as error:
                self._replace_damaged(error)
                return None
            return frame

    def settle(self, up_to: int, beyond: Iterable[int] = (), *, epoch: int | None = None) -> None:
        """Forget what the collector holds durably, unless it speaks of another epoch."""
        with self._lock:
            if epoch in {None, self.epoch}:
                with self._writing():
                    self._file.delete(up_to, beyond)

    def refuse(self, sequence: int, *, epoch: int | None = None) -> StateKey | None:
        """Forget a report that the collector refused; return its key when it was the newest state."""
        with self._lock:
            self.refused += 1
            if epoch not in {None, self.epoch}:
                return None
            with self._writing():
                row = self._file.body(sequence)
                self._file.delete(0, [sequence])
                state = self._state(row[0]) if row and row[0] != SAMPLES_ONLY else None
                return key_of(state) if state is not None and state.sequence == sequence else None
            return None

    def snapshot(self, matches: "SnapshotOf") -> None:
        """Add the newest state of every part that matches once more, whole, under a new sequence."""
        with self._lock, self._writing():
            for key in self._file.state_keys(matches.probe):
                if matches(key) and (state := self._state(key)) is not None:
                    self._append(None, state)
            self._bound()

    def keep(self, data: bytes | memoryview) -> bytes:
        """Keep a blob and return its SHA-256, or b"" when it is over the limit."""
        if len(data) > self._blob_limit:
            return b""
        digest = hashlib.sha256(data).digest()
        with self._lock, self._writing():
            self._file.put_blob(digest, data, (self._limit if self._on_disk else _MEMORY_LIMIT) // 2)
        return digest

    def blob(self, digest: bytes) -> bytes | None:
        """Return a blob that is still here."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            return self._file.blob(digest)
        return None

    def blob_size(self, digest: bytes) -> int:
        """Return the size of a blob that is still here and whole, else 0."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            return self._file.blob_size(digest) or 0
        return 0

    def blob_piece(self, digest: bytes, offset: int, length: int) -> bytes:
        """Return a part of a blob; b"" when it went to make room."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            return self._file.blob_piece(digest, offset, length) or b""
        return b""

    def size(self) -> tuple[int, int]:
        """Return the bytes and the number of pending reports; blobs count as bytes."""
        with self._lock:
            pending, count, blobs = self._file.sizes()
            return pending + blobs, count

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Write, or change over to a spool that can be written; what was to be written is then moot."""
        try:
            with self._file.transaction():
                yield
        except sqlite3.OperationalError as error:
            self._leave_disk(error)
        except (sqlite3.DatabaseError, DamagedError) as error:
            self._replace_damaged(error)

    def _replace_damaged(self, error: Exception) -> None:
        self._file.close()
        self._file = self._anew(error)

    def _leave_disk(self, error: Exception) -> None:
        """Go on in memory, with the newest states as far as they can be read."""
        if not self._on_disk:
            raise error
        old = self._file
        self._file = self._in_memory(error)
        self._carry_over(old)
        old.close()

    def tend(self) -> None:
        """Return to the disk when it can be written again; give back room. To be called now and then."""
        with self._lock:
            if self._on_disk:
                with contextlib.suppress(sqlite3.Error):
                    self._file.shrink()
                return
            try:
                disk = SpoolFile(self._path, self._limit)
                with disk.transaction():
                    disk.put_blob(hashlib.sha256(b"").digest(), b"", self._limit)
            except (sqlite3.Error, DamagedError):
                return
            _LOG.info("spool %s can be written again", self._path)
            memory, self._file, self._on_disk = self._file, disk, True
            self._carry_over(memory)
            memory.close()
            self.trouble = ""

    def _carry_over(self, old: SpoolFile) -> None:
        """Record the other file's newest states here: unchanged ones add nothing."""
        reports = []
        with contextlib.suppress(sqlite3.Error, DamagedError):
            for key in old.state_keys():
                found = old.state(key)
                if found is not None:
                    reports.append(ProbeReport.FromString(found[1]))
        for report in reports:
            with contextlib.suppress(sqlite3.Error):
                self._record([report])

    def close(self) -> None:
        """Close the file; everything recorded stays."""
        with self._lock:
            if self._samples:
                self.flush_samples()
            self._file.close()


class SnapshotOf:
    """Which parts a collector wants whole: of every probe, of one probe, or one part of it."""

    def __init__(self, want: telemetry_pb2.WantSnapshot) -> None:
        """Understand the collector's wish."""
        self.probe = want.probe or None
        self._one = None if want.whole_probe or not want.probe else StateKey(want.probe, want.part, want.context)

    def __call__(self, key: StateKey) -> bool:
        """Return whether this part is wanted."""
        return self._one is None or self._one == key
