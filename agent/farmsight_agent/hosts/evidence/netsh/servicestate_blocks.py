"""The request queues and URL groups in a snapshot of http.sys, told apart without a word of any language.

A queue or a session is the row above one that holds a version ("2.0"); what
has sixteen digits of hex is a session or a URL group, all else a queue. The
label of the queues' rows is also that of the row in which a URL group names
its queue.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.netsh import labelled
from farmsight_agent.hosts.evidence.netsh.lines import Line, Listing, blanks, foreign

_URL: Final = re.compile(r"\s*<?(https?://[^\s<>]+)>?", re.IGNORECASE)
_ID: Final = re.compile(r"[0-9A-F]{16}")
_VERSION: Final = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}")
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_PROCESS: Final = re.compile(r"([0-9]{1,10})\s*[,;\uff0c\u3001]")
_MAX_WRAPS: Final = 40
MAX_PROCESSES: Final = 100  # of one queue; Windows knows no such web gardens


class Row(NamedTuple):
    """A row: `label` and `value` where it has a free colon, else the text as its value."""

    line: int
    label: str
    value: str
    url: str


@dataclass
class Block:
    """A request queue or a URL group with what stands in it."""

    line: int
    queue: str  # the queue's name
    rows: list[Row] = field(default_factory=list)
    urls: list[tuple[str, int]] = field(default_factory=list)  # each with its line
    owner: "Block | None" = None  # the queue that a group stands below

    @property
    def key(self) -> str:
        """Return the queue's name without its blanks, of which a broken line loses some."""
        return "".join(self.queue.split())

    @cached_property
    def processes(self) -> list[int]:
        """Return the ids of the processes attached to a queue."""
        found = []
        for row in self.rows:
            match = _PROCESS.match(row.value) if row.label else _NUMBER.fullmatch(row.value)
            if match:
                found.append(int(match[1] if row.label else match[0]))
        return [one for one in found if one < 1 << 32]

    @property
    def counted(self) -> bool:
        """Tell whether a queue has its list of processes, and as many in it as the rows above it say."""
        at = next((at for at, row in enumerate(self.rows) if row.label and not row.value), None)
        return at is not None and str(len(self.processes)) in {row.value for row in self.rows[max(0, at - 2) : at]}


@dataclass
class Snapshot:
    """All of it; `by_queue`: the groups stand below their queues, not below sessions."""

    queues: list[Block] = field(default_factory=list)
    groups: list[Block] = field(default_factory=list)
    sessions: int = 0
    count_label: str = ""  # of the row that says how many URLs a group has
    unfinished: int = 0  # the last line, where it only begins a queue

    @property
    def by_queue(self) -> bool:
        """Tell whether this is the view by request queues."""
        return bool(self.queues) and (not self.groups or self.queues[0].line < self.groups[0].line)


def snapshot(listing: Listing) -> Snapshot:
    """Return the queues and groups of a listing, in order."""
    rows = list(_rows(listing))
    found = Snapshot()
    labels = {row.label for row, behind in _pairs(rows) if _is_queue(row, behind)}
    current: Block | None = None
    for row, behind in _pairs(rows):
        if _is_queue(row, behind):
            current = Block(row.line, row.value)
            found.queues.append(current)
        elif _ID.fullmatch(row.value) and _is_version(behind):
            found.sessions += 1
        elif _ID.fullmatch(row.value):
            current = Block(row.line, "", owner=found.queues[-1] if found.by_queue else None)
            found.groups.append(current)
        elif current is not None:
            _take(found, current, row, labels)
    if rows and rows[-1].label in labels and rows[-1].line != (current.line if current else 0):
        found.unfinished = rows[-1].line
    return found


def _take(found: Snapshot, current: Block, row: Row, labels: set[str]) -> None:
    """Put a row where it belongs."""
    if row.url:
        if not current.urls and len(current.rows) > 1 and _NUMBER.fullmatch(current.rows[-2].value):
            found.count_label = current.rows[-2].label
        current.urls.append((row.url, row.line))
        return
    if row.label in labels and not current.queue:
        current.queue = row.value
    current.rows.append(row)


def announced(block: Block, label: str) -> int | None:
    """Return how many URLs a group says that it has; None where it does not say."""
    value = next((row.value for row in block.rows if row.label == label and _NUMBER.fullmatch(row.value)), None)
    return int(value) if value is not None and label else None


def _is_queue(row: Row, behind: Row | None) -> bool:
    named = bool(row.label and row.value) and not _ID.fullmatch(row.value)
    return named and not _NUMBER.fullmatch(row.value) and not _is_version(row) and _is_version(behind)


def _is_version(row: Row | None) -> bool:
    return row is not None and bool(row.label) and _VERSION.fullmatch(row.value) is not None


def _pairs(rows: Sequence[Row]) -> Iterator[tuple[Row, Row | None]]:
    return zip_longest(rows, rows[1:])


def _rows(listing: Listing) -> Iterator[Row]:
    """Yield the rows as they were before a console broke them."""
    logical: list[list[Line]] = []
    gap = True
    for line in listing.lines:
        if not line.text or foreign(line):
            gap = True
            continue
        if not gap and len(logical[-1]) < _MAX_WRAPS and _goes_on(logical[-1][0], line):
            logical[-1].append(line)
        else:
            logical.append([line])
        gap = False
    for lines in logical:
        text = "".join(line.text for line in lines)
        url = _URL.match(text)
        label, value = ("", text.strip()) if url else labelled.split(text) or ("", text.strip())
        yield Row(lines[0].number, label, value, url[1] if url else "")


def _goes_on(first: Line, line: Line) -> bool:
    """Tell whether a line is the rest of the one before: it has no label, and stands further left or at the margin."""
    if labelled.split(line.text) is not None or _URL.match(line.text) or _NUMBER.fullmatch(line.text.strip()):
        return False
    return not line.indented or blanks(line) < blanks(first)
