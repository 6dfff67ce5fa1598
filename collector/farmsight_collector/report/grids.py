"""Tables by server and account, small enough to read: alike servers are one, files are numbered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from farmsight_collector.report.retrieval_matrix import Cell, Column
from farmsight_collector.shown.texts import place

MOST_COLUMNS: Final = 12  # more are not read side by side; alike servers are put together
_LONG: Final = 60  # a reason that is longer stands below the table


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A line of one of the numbered files; line is empty where the file alone is told."""

    number: int
    line: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One cell."""

    state: str
    text: str
    note: int  # number of the note below the table; 0: none
    first: tuple[Reference, ...]
    rest: tuple[Reference, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Servers that are alike in every row, under each of the same accounts."""

    servers: tuple[str, ...]
    contexts: tuple[str, ...]


@dataclass(kw_only=True)
class Grid:
    """What a template needs of such a table."""

    groups: tuple[Group, ...]
    files: list[str] = field(default_factory=list)  # numbered from 1
    notes: list[str] = field(default_factory=list)  # the same
    rows: list[tuple[object, tuple[Shown, ...]]] = field(default_factory=list)

    @property
    def columns(self) -> int:
        """Return how many columns of cells there are."""
        return sum(len(group.contexts) for group in self.groups)


def grid(columns: Sequence[Column], rows: Iterable[tuple[object, Sequence[Cell]]], *, references: bool = True) -> Grid:
    """Return the table of rows, each with its cells in the order of the columns; `references` to files or none."""
    rows = list(rows)
    alike = _alike(columns, [cells for _, cells in rows])
    made = Grid(groups=tuple(_group(columns, members) for members in alike))
    numbers = _Numbers(made, references=references)
    for what, cells in rows:
        shown = [numbers.cell([cells[at] for at in same]) for members in alike for same in zip(*members, strict=True)]
        made.rows.append((what, tuple(shown)))
    return made


def _group(columns: Sequence[Column], members: Sequence[Sequence[int]]) -> Group:
    return Group(
        servers=tuple(columns[places[0]].server for places in members),
        contexts=tuple(columns[place].context for place in members[0]),
    )


def _alike(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[list[list[int]]]:
    """Return groups of servers, each server as the places of its columns."""
    servers: dict[str, list[int]] = {}
    for at, column in enumerate(columns):
        servers.setdefault(column.server, []).append(at)
    if len(columns) <= MOST_COLUMNS:
        return [[places] for places in servers.values()]
    groups: dict[object, list[list[int]]] = {}
    for places in servers.values():
        said = tuple((cells[at].state, cells[at].text) for cells in rows for at in places)
        groups.setdefault((tuple(columns[at].context for at in places), said), []).append(places)
    return list(groups.values())


class _Numbers:
    """Gives files and notes their numbers, in the order in which they are met."""

    def __init__(self, made: Grid, *, references: bool) -> None:
        self._refer = references
        self._grid = made
        self._files: dict[str, int] = {}
        self._notes: dict[str, int] = {}

    def cell(self, alike: Sequence[Cell]) -> Shown:
        """Return cells that say the same as one."""
        text, note = alike[0].text, 0
        if alike[0].state == "unknown" and len(text) > _LONG:
            text, note = "not known", self._number(text, self._notes, self._grid.notes)
        references = tuple(self._reference(one.source) for one in alike if one.source and self._refer)
        return Shown(state=alike[0].state, text=text, note=note, first=references[:1], rest=references[1:])

    def _reference(self, source: str) -> Reference:
        file, _, line = place(source).rpartition(":")
        if not file or not line.isdecimal():
            file, line = place(source), ""
        return Reference(number=self._number(file, self._files, self._grid.files), line=line)

    @staticmethod
    def _number(text: str, numbers: dict[str, int], listed: list[str]) -> int:
        if text not in numbers:
            listed.append(text)
            numbers[text] = len(listed)
        return numbers[text]
