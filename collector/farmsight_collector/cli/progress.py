"""A line that says how far long work is, and that it still goes on; on a terminal only."""

import threading
import time
from types import TracebackType
from typing import Final, Self, TextIO

_EVERY_S: Final = 0.1
_STANDS_S: Final = 1.0  # for so long a line may stand as it is
_CLEAR: Final = "\r\x1b[2K"


class Progress:
    """Shows the stage and how far it is, in place; nothing where the stream is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        """Show on a stream, standard error as a rule, so that what is printed stays clean."""
        self._stream = stream
        self._shows = stream.isatty()
        self._text = self._stage = ""
        self._stepped = self._shown = 0.0
        self._lock = threading.Lock()
        self._over = threading.Event()

    def step(self, stage: str, done: int, total: int) -> None:
        """Show where the work stands; more often than people see costs nothing."""
        if not self._shows:
            return
        with self._lock:
            now = time.monotonic()
            begun, self._stage = stage != self._stage, stage
            of = f" of {total}" if total else ""
            self._text, self._stepped = f"{stage}{f': {done}{of}' if done else ''} ...", now
            if begun or now - self._shown >= _EVERY_S:
                self._show(self._text, now)

    def end(self) -> None:
        """Take the line away."""
        with self._lock:
            if self._text:
                self._show("", time.monotonic())
            self._text = self._stage = ""

    def _show(self, text: str, now: float) -> None:
        self._stream.write(f"{_CLEAR}{text}")
        self._stream.flush()
        self._shown = now

    def _tick(self) -> None:
        """Count the seconds of a step that takes long."""
        while not self._over.wait(_STANDS_S):
            with self._lock:
                now = time.monotonic()
                waited = now - self._stepped
                if self._text and waited >= _STANDS_S:
                    self._show(f"{self._text} {waited:.0f} s", now)

    def __enter__(self) -> Self:
        """Return itself, showing."""
        if self._shows:
            threading.Thread(target=self._tick, name="progress", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the line away, for good."""
        self._over.set()
        self.end()
