"""The records in a list of URL reservations, with their lines put together again."""

import re
from dataclasses import dataclass, field
from typing import Final

from farmsight_agent.hosts.evidence.columns import width
from farmsight_agent.hosts.evidence.netsh import labelled
from farmsight_agent.hosts.evidence.netsh.lines import Line, Listing, foreign, widest

_URL: Final = re.compile(r"(?:^\s*|[:\uff1a]\s*)(?=https?://)", re.IGNORECASE)
_SDDL: Final = re.compile(r"(?:^|[:\uff1a\s])(?=[OGD]:)")
_SEAMS: Final = frozenset("/:.-")  # where copies of copies have a blank inside a URL
_MAX_URL_WRAPS: Final = 40  # lines that a console may break a URL into
_MAX_WRAPS: Final = 1000  # and a descriptor: more than its greatest length takes


@dataclass
class Record:
    """What stands between one URL and the next."""

    line: int
    url: str | None  # None: a URL that cannot be told
    labelled: bool  # a label stands before the URL
    between: list[str] = field(default_factory=list)
    descriptor: str = ""
    whole: bool = False  # the descriptor's brackets are closed
    last_line: int = 0
    orphans: list[int] = field(default_factory=list)  # lines with a descriptor whose URL is not there

    def entries_shown(self) -> int:
        """Return how many access entries the rows above the SDDL stand for.

        An account takes three rows, one whose name was not found takes one.
        """
        accounts = sum("\\" in row for row in self.between)
        return accounts + max(0, len(self.between) - 3 * accounts)


@dataclass
class _Row:
    first: Line
    pieces: list[str]
    last: Line
    begun: bool  # a descriptor
    depth: int  # its open brackets

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def records(listing: Listing) -> list[Record]:
    """Return the records of a listing, in order, each with what was found of it."""
    found: list[Record] = []
    orphans: list[int] = []
    for row in _rows(listing):
        descriptor = descriptor_in(row.text)
        url = None if descriptor else _URL.search(row.text)
        if url:
            whole = url_in(row.text[url.end() :])
            found.append(Record(row.first.number, whole, bool(url[0].strip()), last_line=row.last.number))
            found[-1].orphans, orphans = orphans, []
        elif found and not found[-1].descriptor:
            record = found[-1]
            if descriptor:
                record.descriptor, record.whole = descriptor, descriptor.count("(") == descriptor.count(")")
            else:
                record.between.append(row.text)
            record.last_line = row.last.number
        elif descriptor:
            (found[-1].orphans if found else orphans).append(row.first.number)
    return found


def url_in(text: str) -> str | None:
    """Return the URL that a text is, without the blanks that copies have beside its slashes, colons and dots."""
    parts = text.split()
    whole = parts[0]
    for part in parts[1:]:
        if whole[-1] not in _SEAMS and part[0] not in _SEAMS:
            return None
        whole += part
    return whole


def descriptor_in(text: str) -> str:
    """Return the security descriptor with entries that begins in a text, to its last bracket; "" when none does."""
    found = _SDDL.search(text)
    rest = text[found.end() :] if found else ""
    if "(" not in rest:
        return ""
    return rest[: rest.rfind(")") + 1] if rest.count("(") == rest.count(")") else rest


def _rows(listing: Listing) -> list[_Row]:
    """Return the rows as they were before a console broke them."""
    rows: list[_Row] = []
    wrapped_at = widest(listing.lines)
    gap = True
    for line in listing.lines:
        if not line.text or foreign(line):
            gap = True
            continue
        if rows and _continues(rows[-1], line, wrapped_at, gap=gap):
            _append(rows[-1], line)
        else:
            descriptor = descriptor_in(line.text)
            rows.append(_Row(line, [line.text], line, bool(descriptor), _depth(descriptor)))
        gap = False
    return rows


def _continues(row: _Row, line: Line, wrapped_at: int, *, gap: bool) -> bool:
    if len(row.pieces) > (_MAX_WRAPS if row.begun else _MAX_URL_WRAPS) or labelled.split(line.text) is not None:
        return False
    if row.depth > 0:  # a descriptor goes on until its brackets are closed
        return True
    if gap or row.begun:
        return not gap and line.text.lstrip().startswith("(")
    if line.indented or row.first.indented:
        return not line.indented
    return width(row.last.text) == wrapped_at and len(line.text.split()) == 1


def _append(row: _Row, line: Line) -> None:
    row.pieces.append(line.text.lstrip() if row.begun else line.text)
    row.last = line
    if row.begun:
        row.depth += _depth(line.text)
        return
    descriptor = descriptor_in(row.text)
    row.begun, row.depth = bool(descriptor), _depth(descriptor)


def _depth(descriptor: str) -> int:
    return descriptor.count("(") - descriptor.count(")")
