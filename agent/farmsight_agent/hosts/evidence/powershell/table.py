"""Format-Table: a header, a line of dashes below it, and rows.

The dashes say where the columns are. Texts begin under their first dash and
may reach to the next column; numbers and booleans end under the last dash
and may begin before the first. A cell that was cut to its column's width is
no value, and neither is anything under a header that was cut.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.powershell.cmdlets import SPELLED
from farmsight_agent.hosts.evidence.powershell.lines import ELLIPSIS, Line, cells, uncelled
from farmsight_agent.hosts.evidence.powershell.records import MOST, Record
from farmsight_agent.hosts.evidence.powershell.rules_text import Piece
from farmsight_agent.hosts.evidence.powershell.values import Value

_DASHES: Final = re.compile(r" *-+(?: +-+)*")
_DASH: Final = re.compile(r"-+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHORTENED: Final = ("...", ELLIPSIS, "?", "\ufffd")  # the last two: what code pages make of an ellipsis


class Table(NamedTuple):
    """Where a table stands among lines: header, and first and last row (indices, the last one excluded)."""

    header: int
    first: int
    last: int


class Column(NamedTuple):
    """A column: its property's name ("" where that can't be told), and where its dashes are."""

    name: str
    begin: int
    end: int
    right: bool = False


def find(lines: Sequence[Line]) -> list[Table]:
    """Return the tables among these lines, in their order."""
    rules = [at for at in range(1, len(lines)) if _is_rule(lines, at)]
    found: list[Table] = []
    for number, at in enumerate(rules):
        if found and at - 1 < found[-1].first:
            continue
        last = at + 1
        stop = rules[number + 1] - 1 if number + 1 < len(rules) else len(lines)
        while last < stop and lines[last].text:
            last += 1
        found.append(Table(at - 1, at + 1, last))
    return found


def _is_rule(lines: Sequence[Line], at: int) -> bool:
    """Tell whether a line of dashes underlines the names above it."""
    text = lines[at].text
    if "-" not in text or len(text) > 4096 or not _DASHES.fullmatch(text):
        return False
    names = lines[at - 1].text.split()
    return bool(names) and len(names) == len(_DASH.findall(text)) and any(map(_is_name, names))


def _is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text))


def records(lines: Sequence[Line], table: Table) -> list[Record]:
    """Return the rows of a table."""
    shown_lines = lines[table.first : min(table.last, table.first + MOST + 1)]  # more than that is read of none
    body = [cells(line.text) for line in shown_lines]
    columns = _columns(cells(lines[table.header].text), lines[table.first - 1].text, body)
    found: list[Record] = []
    for text, line in zip(body, shown_lines, strict=True):
        row = [(column.name, shown) for column, shown in zip(columns, _cells(text, columns), strict=True)]
        if found and row[0][1] == "":
            _go_on(found[-1], row)
            continue
        record = Record(line=line.number, last_line=line.number)
        for name, shown in row:
            if name:
                _set(record.add(name), shown)
        found.append(record)
    return found


def _set(value: Value, shown: str | None) -> None:
    value.pieces = [Piece(shown or "")]
    value.shortened = shown is None or shown.endswith(_SHORTENED) or (shown.startswith("{") and not shown.endswith("}"))


def _go_on(record: Record, row: Sequence[tuple[str, str | None]]) -> None:
    """Take back cells that go on below (Format-Table -Wrap): where they were broken is not told."""
    for name, shown in row:
        value = record.values.get(name)
        if shown and value is not None:
            value.shortened = True


def _columns(header: str, rule: str, body: Sequence[str]) -> list[Column]:
    names = header.split()
    spans = [found.span() for found in _DASH.finditer(rule)]
    return [
        Column(_named(name), begin, end, right=_is_right(begin, end, body))
        for name, (begin, end) in zip(names, spans, strict=True)
    ]


def _named(header: str) -> str:
    """Return a property's name; of one that was shortened, the only known property that begins so."""
    short = next((header.removesuffix(mark) for mark in _SHORTENED if header.endswith(mark)), None)
    if short is None:
        return header if _is_name(header) else ""
    fitting = [name for name in SPELLED if name.startswith(short.lower())]
    return SPELLED[fitting[0]] if len(fitting) == 1 and short else ""


def _is_right(begin: int, end: int, body: Sequence[str]) -> bool:
    """Tell a column of numbers or booleans: its cells reach over, or stay away from, where the header begins."""
    right = left = 0
    for text in body:
        cell = text[begin:end]
        if cell.strip():
            off = cell[0] == " " or bool(begin and text[begin - 1] != " ")
            right, left = right + off, left + (not off)
    return right > left


def _cells(text: str, columns: Sequence[Column]) -> list[str | None]:
    """Return what stands in each column of a row; None for what can't be told apart."""
    if any(_cuts(text, column) for column in columns):
        words = text.split()
        return [uncelled(word) for word in words] if len(words) == len(columns) else [None] * len(columns)
    begins = [_begin(text, column) for column in columns]
    ends = [*begins[1:], len(text)]
    return [uncelled(text[begin:end]) for begin, end in zip(begins, ends, strict=True)]


def _cuts(text: str, column: Column) -> bool:
    """Tell whether a word stands where nothing of this column may: the row is out of line."""
    at = column.end if column.right else column.begin
    return bool(at and text[at - 1 : at].strip() and text[at : at + 1].strip())


def _begin(text: str, column: Column) -> int:
    if not column.right or not text[column.begin : column.end].strip():
        return column.begin
    at = column.begin
    while at > 0 and text[at - 1 : at].strip() and text[at : at + 1].strip():
        at -= 1
    return at
