"""Format-List: `Name : value`, one property a line, all labels of an object padded to one width.

Names of properties are never translated, and the column of the colons tells
a property from a line that goes on with the value before it, whatever stands
in it. Only copies that have lost the padding are told by known names.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.powershell import rules_text
from farmsight_agent.hosts.evidence.powershell.cmdlets import SPELLED
from farmsight_agent.hosts.evidence.powershell.lines import Line, console_wide, full_width, is_full
from farmsight_agent.hosts.evidence.powershell.records import MOST, Record
from farmsight_agent.hosts.evidence.powershell.rules_text import Piece
from farmsight_agent.hosts.evidence.powershell.values import Value, is_rules

_LABEL: Final = re.compile(r"( *)([A-Za-z_][A-Za-z0-9_]{0,99})( *):(?: (.*))?$")
# Some copies have lost the line break behind a list.
_GLUED: Final = re.compile(r"\} ([A-Za-z_][A-Za-z0-9_]{0,99})( *):(?= |$)")


class Label(NamedTuple):
    """The name at the begin of a line, and what follows its colon."""

    margin: int
    name: str
    column: int  # of the colon
    padded: bool
    rest: str


def label(text: str) -> Label | None:
    """Return the label that a line begins with, or None."""
    found = _LABEL.match(text)
    if found is None:
        return None
    margin = len(found[1])
    return Label(margin, found[2], found.start(3) + len(found[3]), bool(found[3]), found[4] or "")


def records(lines: Sequence[Line]) -> list[Record]:
    """Return the objects of a listing, as far as one stands there."""
    reader = _Reader(full_width(lines))
    for line in lines:
        reader.take(line)
        if len(reader.found) > MOST:  # more than is read
            break
    return reader.found


class _Reader:
    """Puts lines together to properties, and properties to records."""

    def __init__(self, width: int) -> None:
        self.found: list[Record] = []
        self._width = width
        self._record: Record | None = None  # None: not within one
        self._label = Label(0, "", 0, padded=False, rest="")  # the last one of the record
        self._column = 0
        self._loose = False  # the padding is lost
        self._wrapped = False  # the line before is as wide as a console
        self._blank = False

    def take(self, line: Line) -> None:
        """Take the next line."""
        if not line.text:
            self._blank = True
            return
        found = label(line.text)
        if found is not None and self._is_property(found):
            self._property(line, found)
        elif self._record is not None and self._goes_on(line.text):
            self._more(line)
        else:
            self._record = None
        self._blank = False

    def _is_property(self, found: Label) -> bool:
        known = found.name.lower() in SPELLED
        if self._record is None:
            return found.padded or known
        if found.margin != self._label.margin:
            return self._blank and known and found.padded
        return found.column == self._column or known or self._loose

    def _goes_on(self, text: str) -> bool:
        """Tell whether a line that is no property belongs to the value before it."""
        if not self._blank or not text[: self._column + 2].strip():
            return True
        return is_rules(self._label.name) and rules_text.reads_as_rule(text)

    def _property(self, line: Line, found: Label) -> None:
        if self._record is None or self._begins_another(found):
            self._record, self._column, self._loose = Record(line=line.number), found.column, False
            self.found.append(self._record)
        self._loose = self._loose or found.column != self._column
        self._label, self._wrapped = found, console_wide(line.text)
        self._record.last_line = line.number
        self._fill(self._record.add(found.name), found.rest, self._is_full(line.text))

    def _begins_another(self, found: Label) -> bool:
        assert self._record is not None
        if found.name.lower() in self._record.names:
            return True
        if not self._blank:
            return False
        last = self._record.last()
        other = found.margin != self._label.margin or (found.column != self._column and not self._loose)
        short = last is None or len(last.pieces) < 2
        return other or (short and not is_rules(self._label.name))

    def _more(self, line: Line) -> None:
        assert self._record is not None
        value = self._record.last()
        assert value is not None
        self._record.last_line = line.number
        at = self._column + 2
        indented = not line.text[:at].strip()
        if not indented and self._wrapped and not value.pieces[-1].text.endswith(","):
            value.pieces[-1] = value.pieces[-1]._replace(full=True)  # broken by a console, which drops nothing
        self._wrapped = console_wide(line.text)
        self._fill(value, line.text[at:] if indented else line.text.lstrip(), self._is_full(line.text))

    def _fill(self, value: Value, text: str, full: bool) -> None:
        """Add a line to a value, but what of it is the next property."""
        assert self._record is not None
        begin = 0
        for found in _GLUED.finditer(text):
            padded = len(found[1]) + len(found[2]) == self._column - self._label.margin
            if padded and found[1].lower() not in self._record.names:
                value.pieces.append(Piece(text[begin : found.start() + 1]))
                value = self._record.add(found[1])
                begin = found.end() + 1
        value.pieces.append(Piece(text[begin:], full))

    def _is_full(self, text: str) -> bool:
        return is_full(text, self._width)
