"""Rows of "label : value" in a listing, put together again where a console broke them."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.columns import width
from farmsight_agent.hosts.evidence.netsh import labelled
from farmsight_agent.hosts.evidence.netsh.lines import Line, Listing, blanks, foreign, widest

GUID: Final = re.compile(r"\{[0-9a-fA-F-]*\}")
_MAX_WRAPS: Final = 40
_MAX_ROW: Final = 8192


class Row(NamedTuple):
    """A row with its label and value; `gap`: a blank line stands before it."""

    number: int
    text: str
    label: str
    value: str
    gap: bool


@dataclass
class _Logical:
    first: Line
    pieces: list[str]
    size: int
    last_width: int
    gap: bool
    valued: bool  # it has a label and a value already

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def rows(listing: Listing) -> tuple[list[Row], Line | None]:
    """Return the rows, and the line behind them that is the beginning of one, where the text ends in such a line."""
    found: list[Row] = []
    logical = _logical(listing)
    for one in logical:
        parted = labelled.split(one.text)
        if parted:
            found.append(Row(one.first.number, one.text, parted[0], parted[1], one.gap))
    rest = logical[-1].first if logical and labelled.split(logical[-1].text) is None else None
    open_ended = rest is not None and (rest.indented or (not listing.ended and rest == listing.last))
    return found, rest if open_ended else None


def _logical(listing: Listing) -> list[_Logical]:
    found: list[_Logical] = []
    indent, wrapped_at = _indent(listing), widest(listing.lines)
    gap = False
    for line in listing.lines:
        if not line.text or foreign(line):
            gap = True
            continue
        if found and not gap and _continues(found[-1], line, wrapped_at, indent):
            _append(found[-1], line)
        else:
            found.append(_Logical(line, [line.text], len(line.text), width(line.text), gap, _valued(line.text)))
        gap = False
    return found


def _indent(listing: Listing) -> int:
    """Return by how many blanks rows are indented; the least, where they differ."""
    labels = [line for line in listing.lines if labelled.split(line.text)]
    identified = [line for line in labels if GUID.search(line.text)]
    return min((blanks(line) for line in identified or labels[:1]), default=0)


def _continues(row: _Logical, line: Line, wrapped_at: int, indent: int) -> bool:
    if len(row.pieces) > _MAX_WRAPS or row.size > _MAX_ROW:
        return False
    if indent and not line.indented:
        return True
    if labelled.split(line.text) is not None or (indent and blanks(line) == indent):
        return False
    # A wide character that does not fit leaves a console's last column empty.
    full = row.last_width >= wrapped_at - 1
    # Where nothing is indented, a full line without a value is the beginning of a row broken within its label.
    return not row.valued or (full and (indent > 0 or width(line.text) < wrapped_at - 1))


def _append(row: _Logical, line: Line) -> None:
    if not row.valued and row.pieces[-1].endswith((":", "\uff1a")):
        row.pieces.append(" ")  # which stood at the line's end, where editors take blanks away
    row.pieces.append(line.text)
    row.size += len(line.text)
    row.last_width = width(line.text)
    row.valued = row.valued or _valued(row.text)


def _valued(text: str) -> bool:
    parted = labelled.split(text)
    return parted is not None and bool(parted[1])
