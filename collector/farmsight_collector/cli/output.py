"""Printing: tables that fit the terminal, colour only on a terminal, JSON on request.

Everything that came from a certificate, a URL or a server is hostile text:
it is printed with its control characters replaced, and never as markup.
"""

import io
import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Final, TextIO, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from farmsight_collector.model.words import plain

STYLES = {
    "critical": "bold white on red",
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "ok": "green",
    "unknown": "dim",
    "stale": "dim",
}


_BEYOND_ASCII: Final = re.compile(r"[^\x20-\x7e\n]")
_SHORT: Final = 22  # an instant to the second, and the gap


class _Console(Console):
    """A console that leaves a closed pipe to the program, whose exit codes have a meaning of their own."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Output:
    """Where a verb prints to."""

    def __init__(self, stream: TextIO | None = None, *, width: int | None = None) -> None:
        """Print to a stream (standard output by default); `width` fixes the width for tests."""
        self._stream = stream or sys.stdout
        self._narrow = not (self._stream.encoding or "utf-8").lower().startswith("utf")
        if self._narrow and isinstance(self._stream, io.TextIOWrapper):
            # What a code page lacks is shown as a question mark, which is better than an end half way.
            self._stream.reconfigure(errors="replace")
        terminal = self._stream.isatty()
        # Off a terminal nothing is cut: what is piped into a file or grep shall be whole.
        self.console = _Console(
            file=self._stream,
            width=width or (None if terminal else 200),
            highlight=False,
            soft_wrap=not terminal,
        )

    @property
    def width(self) -> int:
        """Return the columns there are."""
        return self.console.width

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line of our own text with hostile parts replaced."""
        self.console.print(Text(plain(text), style=STYLES.get(style, style)), soft_wrap=True)

    def block(self, text: str) -> None:
        """Print text of several lines as it is (already made plain)."""
        # Versions of the library differ on the last line end of such a text, so it is kept out of it.
        end = "\n" if text.endswith("\n") else ""
        self.console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True, end=end)

    def paint(self, text: str, state: str) -> str:
        """Return text with the terminal's colours for a state, or as it is off a terminal."""
        if not self.console.is_terminal or state not in STYLES:
            return text
        with self.console.capture() as captured:
            self.console.print(Text(text, style=STYLES[state]), end="")
        return captured.get()

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str | tuple[str, str]]], title: str = "") -> None:
        """Print a table; a cell is a text, or a text with the state that colours it."""
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        cells = [[_cell(cell) for cell in row] for row in rows]
        room = self.width // 2  # for times, names and codes, which stay on one line; the rest is for the others
        for head, *column in zip(heads, *cells, strict=True):
            width = max(len(text) for text in (head, *column)) + 2
            whole = width <= min(room, _SHORT)
            room -= width if whole else 0
            table.add_column(Text(plain(head)), overflow="fold", no_wrap=whole)
        for row in cells:
            table.add_row(*row)
        self.console.print(table)

    def json(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Print JSON, indented, in the order given."""
        self._stream.write(_escaped(json.dumps(value, indent=2, ensure_ascii=self._narrow)) + "\n")
        self._stream.flush()

    def json_line(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Print JSON on one line, at once: for streams."""
        self._stream.write(_escaped(json.dumps(value, ensure_ascii=self._narrow)) + "\n")
        self._stream.flush()

    @property
    def binary(self) -> BinaryIO:
        """Return where bytes go; a stream of text alone gets them as UTF-8."""
        return cast("BinaryIO", getattr(self._stream, "buffer", None) or _Bytes(self._stream))

    def flush(self) -> None:
        """Hand on what was printed."""
        self._stream.flush()

    def raw(self, text: str) -> None:
        """Print text exactly as it is (diagrams, completions)."""
        self._stream.write(text)
        self._stream.flush()


class _Bytes(io.RawIOBase):
    """Bytes of UTF-8 into a stream of text."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - a buffer
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)


def _escaped(text: str) -> str:
    """Return JSON in which what moves a cursor or turns a line round is escaped: it stands in strings alone."""
    return _BEYOND_ASCII.sub(lambda found: found[0] if found[0].isprintable() else _escape(found[0]), text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _cell(cell: str | tuple[str, str]) -> Text:
    text, state = cell if isinstance(cell, tuple) else (cell, "")
    return Text(plain(text), style=STYLES.get(state, state))
