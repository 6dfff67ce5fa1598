"""Lines of PowerShell's output, in character cells."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.capture import Text

_COLOUR: Final = re.compile(r"\x1b\[[0-9;?]{0,40}[A-Za-z]")
_NARROWEST: Final = 40
_WIDE: Final = frozenset("WF")
FILLER: Final = "\x01"  # the second cell of a wide character


class Line(NamedTuple):
    """One line: its number in the text, from 1, and what it shows."""

    number: int
    text: str


def plain(text: Text) -> list[Line]:
    """Return the lines without colours, every blank as a blank, and nothing behind the last character."""
    return [Line(number, _plain(line)) for number, line in enumerate(text.lines(), 1)]


def _plain(line: str) -> str:
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
    return line.replace("\u00a0", " ").replace("\ufeff", "").replace(FILLER, " ").expandtabs(8).rstrip()


def cells(text: str) -> str:
    """Return a line with one character for each cell that it takes on the screen."""
    if text.isascii():
        return text
    return "".join(one + FILLER if unicodedata.east_asian_width(one) in _WIDE else one for one in text)


def uncelled(text: str) -> str:
    """Return a piece of a line in cells as text."""
    return text.replace(FILLER, "").strip()


def full_width(lines: Iterable[Line]) -> int:
    """Return the width at which these lines were broken, or 0 where none seems to be.

    No line is wider than the screen, and words that are too long for a line
    fill it to the last cell; one line that is the longest proves nothing.
    """
    widths = [len(cells(line.text)) for line in lines]
    most = max(widths, default=0)
    return most if most >= _NARROWEST and widths.count(most) > 1 else 0


def is_full(text: str, width: int) -> bool:
    """Tell whether a line reaches the last cell of this width."""
    return width > 0 and len(cells(text)) == width
