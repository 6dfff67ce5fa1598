"""What a program prints, read within bounds of time and size."""

import queue
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Final, Literal

from farmsight_agent.clock import Clock

_PIECE: Final = 64 * 1024
_STDERR_KEPT: Final = 16 * 1024
_ENDS_WITHIN_S: Final = 5.0  # once it was told to
_FULL: Final = "full"

Cut = Literal["", "time", "size"]


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What came out; `cut` says which bound ended it, "" for none. `stderr` is its beginning."""

    stdout: bytes
    stderr: bytes = b""
    exit_code: int | None = None  # None: it did not end of itself
    cut: Cut = ""


def read_within(
    process: subprocess.Popen[bytes], kill: Callable[[], None], clock: Clock, *, limit_s: float, most: int
) -> Printed:
    """Return what the process prints; past a bound `kill` is called, and what came before is returned.

    `most` bounds the bytes of standard output. Both pipes are read at the
    same time, so that neither can block the other; a thread that a pipe
    keeps waiting after the end (something else holds it) is left behind.
    """
    assert process.stdout is not None and process.stderr is not None  # noqa: PT018
    events: queue.SimpleQueue[str] = queue.SimpleQueue()
    out = _Pipe(process.stdout, most, events, refuses=True)
    errors = _Pipe(process.stderr, _STDERR_KEPT, events, refuses=False)
    end = clock.monotonic() + limit_s
    cut = _await(process, events, end, clock)
    if cut:
        kill()
    for pipe in (out, errors):
        pipe.join(_ENDS_WITHIN_S)
    code = _exit_code(process)
    return Printed(stdout=out.held(), stderr=errors.held(), exit_code=None if cut else code, cut=cut)


def _await(process: subprocess.Popen[bytes], events: "queue.SimpleQueue[str]", end: float, clock: Clock) -> Cut:
    """Wait for the ends of both pipes and of the process; return the bound that came first, or ""."""
    still_open = 2
    try:
        while still_open:
            if events.get(timeout=max(0.0, end - clock.monotonic())) == _FULL:
                return "size"
            still_open -= 1
        process.wait(max(0.0, end - clock.monotonic()))
    except (queue.Empty, subprocess.TimeoutExpired):
        return "time"
    return ""


def _exit_code(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        return None


class _Pipe:
    """One pipe of a process and the thread that empties it."""

    def __init__(self, pipe: IO[bytes], most: int, events: "queue.SimpleQueue[str]", *, refuses: bool) -> None:
        self._pipe, self._most, self._events, self._refuses = pipe, most, events, refuses
        self._held = bytearray()
        self._thread = threading.Thread(target=self._run, daemon=True, name="pipe")
        self._thread.start()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def held(self) -> bytes:
        return bytes(self._held)

    def _run(self) -> None:
        try:
            with self._pipe as pipe:
                while piece := pipe.read1(_PIECE):  # type: ignore[attr-defined] # a BufferedReader
                    self._take(piece)
        except (OSError, ValueError):
            pass  # its other end was torn off
        finally:
            self._events.put("end")

    def _take(self, piece: bytes) -> None:
        room = self._most - len(self._held)
        self._held += piece[: max(room, 0)]
        if self._refuses and len(piece) > room >= 0:
            self._refuses = False  # said once; the rest is thrown away until it ends
            self._events.put(_FULL)
