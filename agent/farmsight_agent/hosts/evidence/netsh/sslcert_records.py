"""The records in a list of TLS bindings: which rows belong to which, and whether the last one is whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from farmsight_agent.hosts.evidence.answers import failed
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.netsh import labelled
from farmsight_agent.hosts.evidence.netsh.lines import Listing
from farmsight_agent.hosts.evidence.netsh.rows import GUID, Row

FIXED: Final = 13  # rows that every Windows since 2008 prints
NUMBERS: Final = {7: "revocation_freshness_s", 8: "url_retrieval_timeout_ms"}
NUMBER: Final = re.compile(r"[0-9]{1,10}")
KEY: Final = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^\s:{}\[\]()]+):([0-9]{1,5})")
BARE: Final = re.compile(r"[0-9]{1,5}")
HASH: Final = re.compile(r"(?:[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?|\(null\))?")


@dataclass(frozen=True)
class Record:
    """One binding: the row that names it and all that follow to the next such row."""

    rows: Sequence[Row]

    @property
    def line(self) -> int:
        """Return the line that it begins on."""
        return self.rows[0].number

    @property
    def key(self) -> tuple[str, str]:
        """Return the label and the value of its first row."""
        return key_of(self.rows[0])

    @property
    def fields(self) -> Sequence[Row]:
        """Return its own rows, without those below a heading ("Extended Properties:")."""
        heading = (at for at, row in enumerate(self.rows) if at >= FIXED and not row.value)
        return self.rows[: next(heading, len(self.rows))]


def key_of(row: Row) -> tuple[str, str]:
    """Return label and value of a row whose label may hold a colon itself."""
    return labelled.last(row.text) or (row.label, row.value)


def records(rows: Sequence[Row]) -> list[Record]:
    """Return the records, by the rows that begin one: an address or name above a hash and an application's GUID."""
    begins = [at for at in range(len(rows)) if _begins(rows, at)]
    labels = {label for label in (key_of(rows[at])[0] for at in begins) if any(map(str.isalnum, label))}
    # The last one may be cut off before what tells it; its label is then still that of the others.
    more = [at for at in range(begins[-1] + FIXED, len(rows)) if key_of(rows[at])[0] in labels] if begins else []
    parts = [*begins, *more, len(rows)]
    return [Record(rows[begin:end]) for begin, end in pairwise(parts)]


def _begins(rows: Sequence[Row], at: int) -> bool:
    if at + 2 >= len(rows) or not GUID.fullmatch(rows[at + 2].value):
        return False
    value = key_of(rows[at])[1]
    return bool(KEY.fullmatch(value) or (BARE.fullmatch(value) and HASH.fullmatch(rows[at + 1].value)))


def check(file: Text, listing: Listing, rows: Sequence[Row], found: Sequence[Record]) -> None:
    """Raise FailedError where the listing is cut off, at its front or at its end."""
    for record in found:
        if len(record.fields) < FIXED:
            what = f"a binding with {len(record.fields)} of {FIXED} fields"
            raise failed(file, record.line, "truncated", what)
        _check_shape(file, record, found[0])
        _check_own(file, record)
    _check_front(file, rows, found[0])
    _check_end(file, listing, found[0], found[-1])


def _check_shape(file: Text, record: Record, first: Record) -> None:
    """Refuse a record whose rows are not where they belong, as when a row was lost or broken in two."""
    for row, same in zip(record.rows[1:FIXED], first.rows[1:FIXED], strict=True):
        if row.label != same.label:
            raise failed(file, row.number, "not-understood", "not the field that the first binding has here")
    if not (KEY.fullmatch(record.key[1]) or BARE.fullmatch(record.key[1])):
        raise failed(file, record.line, "not-understood", "not an address, a name or a port")
    if HASH.fullmatch(record.rows[1].value) is None:
        raise failed(file, record.rows[1].number, "not-understood", "not a certificate's hash")
    for place in NUMBERS:
        if NUMBER.fullmatch(record.rows[place].value) is None:
            raise failed(file, record.rows[place].number, "not-understood", "not a number, where seconds or ms stand")


def _check_front(file: Text, rows: Sequence[Row], first: Record) -> None:
    labels = {row.label for row in first.rows[1:]}
    orphan = next((row for row in rows if row.number < first.line and row.value and row.label in labels), None)
    if orphan is not None:
        raise failed(file, orphan.number, "truncated", "a field of a binding whose beginning is missing")


def _check_end(file: Text, listing: Listing, first: Record, last: Record) -> None:
    other = len(last.fields) != len(first.fields) or len(last.rows) != len(first.rows)
    if other and not listing.closed:
        raise failed(file, last.line, "truncated", "a binding with other fields than the first, and no end behind it")
    behind = next((row for row in reversed(last.rows[FIXED:]) if row.gap), None)
    if not last.rows[-1].value or (behind is not None and behind.value):
        raise failed(file, last.rows[-1].number, "truncated", "a row behind the last binding")


def _check_own(file: Text, record: Record) -> None:
    """Refuse a record with a name, a hash or a GUID behind its thirteen rows: another's, whose beginning was lost."""
    flags = len(record.fields)
    for at, row in enumerate(record.rows[FIXED:], FIXED):
        number = at < flags and BARE.fullmatch(row.value)
        hashed = bool(row.value) and HASH.fullmatch(row.value)
        if number or hashed or GUID.fullmatch(row.value) or KEY.fullmatch(key_of(row)[1]):
            raise failed(file, row.number, "truncated", "a part of another binding")
