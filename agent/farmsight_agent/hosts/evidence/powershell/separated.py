"""What Export-Csv and ConvertTo-Csv write: the properties' names in the first row, one object in each further one.

Lists and objects are there by their type's name only, so they are left out.
"""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any, Final

from farmsight_agent.hosts.evidence.capture import Text, with_plain_ends
from farmsight_agent.hosts.evidence.documents.excerpts import CUT, Row
from farmsight_agent.hosts.evidence.powershell import cmdlets, values
from farmsight_agent.hosts.evidence.powershell.rules_text import Piece
from farmsight_agent.hosts.evidence.powershell.values import Value
from farmsight_agent.outcome import FailedError

_TYPE: Final = "#TYPE "
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_DELIMITERS: Final = (",", ";", "\t")
_LONGEST: Final = 4096
_FEWEST: Final = 2  # columns
_MOST: Final = 100_000  # rows


def header(text: Text) -> tuple[str, list[str]] | None:
    """Return the delimiter and the names of the columns; None for a text that is no such export of a known cmdlet."""
    _, line = _first(text.text.lstrip("\ufeff"))
    for delimiter in _DELIMITERS:
        names = [one.strip().strip('"') for one in line.split(delimiter)]
        if len(names) >= _FEWEST and all(map(_NAME.fullmatch, names)):
            return (delimiter, names) if _is_known(names) else None
    return None


def rows(text: Text) -> list[Row]:
    """Return the objects; raises FailedError for what can't be read. Where the text breaks off, others are missing."""
    told = header(text)
    assert told is not None  # asked before
    delimiter, names = told
    body = with_plain_ends(text.text.lstrip("\ufeff"))
    skipped, _ = _first(body)
    inner = "\n".join(body.split("\n")[skipped:])
    reader = csv.reader(io.StringIO(inner), delimiter=delimiter)
    found: list[Row] = []
    whole, line = inner.count('"') % 2 == 0, skipped + 1
    try:
        for number, fields in enumerate(reader):
            if number and fields:
                whole = whole and len(fields) == len(names)
                found.append(_row(names, fields, text.at(line)))
            line = skipped + reader.line_num + 1
            if number > _MOST:
                raise FailedError("too-large", f"{text.name}: more than {_MOST} rows", source=text.at(line))
    except csv.Error as error:
        raise FailedError("not-understood", f"{text.name}: {error}", source=text.at(line)) from error
    if not whole:
        found = found[:-1]
        for one in found:
            one.rest = CUT
    return found


def _first(text: str) -> tuple[int, str]:
    """Return how many lines stand before the one with the names, and that one."""
    for number, line in enumerate(text[:_LONGEST].split("\n")):
        plain = line.strip()
        if plain and not plain.startswith(_TYPE):
            return number, plain
    return 0, ""


def _is_known(names: Sequence[str]) -> bool:
    held = {name.lower() for name in names}
    return any(mark <= held for cmdlet in cmdlets.CMDLETS for mark in cmdlet.marks) or cmdlets.tell(held) != ""


def _row(names: Sequence[str], fields: Sequence[str], source: str) -> Row:
    row = Row.of({}, source)
    for name, shown in zip(names, fields, strict=False):
        told: Any = values.read(name, Value(pieces=[Piece(line) for line in shown.split("\n")]))
        if told is not values.UNKNOWN:
            row[name] = told
    return row
