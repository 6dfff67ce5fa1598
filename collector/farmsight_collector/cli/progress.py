"""A line that says how far long work is; on a terminal only."""

import time
from types import TracebackType
from typing import Final, Self, TextIO

_EVERY_S: Final = 0.1
_CLEAR: Final = "\r\x1b[2K"


class Progress:
    """Shows the stage and how far it is, in place; nothing where the stream is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        """Show on a stream, standard error as a rule, so that what is printed stays clean."""
        self._stream = stream
        self._shows = stream.isatty()
        self._last = 0.0
        self._on_screen = False

    def step(self, stage: str, done: int, total: int) -> None:
        """Show where the work stands; more often than people see costs nothing."""
        if not self._shows or time.monotonic() - self._last < _EVERY_S:
            return
        self._last = time.monotonic()
        of = f" of {total}" if total else ""
        self._stream.write(f"{_CLEAR}{stage}{f': {done}{of}' if done else ''} ...")
        self._stream.flush()
        self._on_screen = True

    def end(self) -> None:
        """Take the line away."""
        if self._on_screen:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._on_screen = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the line away."""
        self.end()
