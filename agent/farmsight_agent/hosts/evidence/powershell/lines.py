"""Lines of PowerShell's output, in character cells."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.columns import is_wide

_COLOUR: Final = re.compile(r"\x1b\[[0-9;?]{0,40}[A-Za-z]")
_NARROWEST: Final = 40
_WIDTHS: Final = frozenset({80, 100, 120, 132, 140, 150, 160, 180, 200, 250})
_FEWEST: Final = 4  # lines, to tell how they are spaced
ELLIPSIS: Final = "\u2026"
# The ellipsis of PowerShell 7, in UTF-8, as code pages 1252, 850 and 437 show it.
_SPOILED: Final = ("\u00e2\u20ac\u00a6", "\u00d4\u00c7\u00aa", "\u0393\u00c7\u00aa")
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
    for spoiled in _SPOILED if not line.isascii() else ():
        line = line.replace(spoiled, ELLIPSIS)
    return line.replace("\u00a0", " ").replace("\ufeff", "").replace(FILLER, " ").expandtabs(8).rstrip()


def single_spaced(lines: list[Line]) -> list[Line]:
    """Return the lines without the blank one behind each, where every line has one.

    Web pages set commands' output so, and so does a line end that was
    translated twice.
    """
    said = [at for at, line in enumerate(lines) if line.text]
    spaced = sum(at + 1 < len(lines) and not lines[at + 1].text for at in said)
    if len(said) < _FEWEST or spaced * 10 < len(said) * 9:
        return lines
    kept: list[Line] = []
    blanks = 0
    for line in lines:
        blanks = 0 if line.text else blanks + 1
        if line.text or blanks % 2 == 0:  # a blank line of the output itself came as three
            kept.append(line)
    return kept


def cells(text: str) -> str:
    """Return a line with one character for each cell that it takes on the screen."""
    if text.isascii():
        return text
    return "".join(one + FILLER if is_wide(one) else one for one in text)


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


def console_wide(text: str) -> bool:
    """Tell a line that is just as wide as consoles are by themselves."""
    return len(text) > _NARROWEST and len(cells(text)) in _WIDTHS


def is_full(text: str, width: int) -> bool:
    """Tell whether a line reaches the last cell of this width."""
    return width > 0 and len(cells(text)) == width
