"""Servers side by side: what most have, and who has something else; columns that are alike are one."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from farmsight_collector.cli.findings_output import SEVERITIES
from farmsight_collector.correlate.alike import THEMES, theme_of
from farmsight_collector.queries.apart import NOT_APPLICABLE
from farmsight_collector.shown.alike import alike, row_id
from farmsight_collector.shown.compared import Value, said, value
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

SIGNS: Final = 16  # more columns than that show signs alone
_NO_VALUE: Final = ("unknown", NOT_APPLICABLE)
_ORDER: Final = ("critical", "error", "warning", "info", "")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one column has: the same as most, something else, or nothing that is known."""

    id: str  # column/kind/row
    value: Value
    same: bool  # as most have

    @property
    def sign(self) -> str:
        """Return which sign stands for it: same, odd, differs, absent, unknown or none."""
        if self.value.state in _NO_VALUE:
            return "unknown" if self.value.state == "unknown" else "none"
        if self.same:
            return "same"
        return "odd" if self.value.odd else self.value.state


@dataclass(frozen=True, kw_only=True)
class Group:
    """Columns that have the same in every row."""

    names: tuple[str, ...]
    role: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that is compared."""

    id: str
    kind: str
    context: str
    key: str
    most: Value | None  # None: no majority
    most_count: int
    odd_count: int
    unknown_count: int
    expected: str
    meaning: str
    severity: str
    cells: tuple[Cell, ...]
    wordless: bool  # it differs in fields that its words do not show


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Rows of one theme; `closed`: folded, its rows are not there."""

    name: str
    rows: tuple[Row, ...]
    count: int
    worst: str
    closed: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """What the template shows."""

    groups: tuple[Group, ...]
    themes: tuple[Theme, ...]
    left_out: int  # rows over the bound

    @property
    def signs(self) -> bool:
        """Tell whether there are too many columns for words."""
        return len(self.groups) > SIGNS

    @property
    def count(self) -> int:
        """Return how many rows there are, those of closed themes and those left out too."""
        return sum(theme.count for theme in self.themes) + self.left_out


def table(
    names: Sequence[str],
    roles: Mapping[str, str],
    rows: Iterable[query_pb2.ComparedFact],
    *,
    folded: bool,
    closed: frozenset[str],
    most_rows: int,
    peers: bool = True,
) -> Table:
    """Return the table of some rows: by theme, in each the worst first.

    `names` may be any labels; those that are no `peers` (one farm then and now)
    have no majority, and each shows what it has.
    """
    ordered = sorted(rows, key=_rank)
    kept = ordered[:most_rows]
    shown = [row for row in kept if theme_of(row.kind) not in closed]
    groups = _groups(names, roles, shown, folded=folded)
    by_theme: dict[str, list[query_pb2.ComparedFact]] = {}
    for row in kept:
        by_theme.setdefault(theme_of(row.kind), []).append(row)
    return Table(
        groups=groups,
        themes=tuple(
            _theme(name, by_theme[name], groups, closed=name in closed, peers=peers)
            for name in THEMES
            if name in by_theme
        ),
        left_out=len(ordered) - len(kept),
    )


def _rank(row: query_pb2.ComparedFact) -> tuple[int, int, str, int, str]:
    return list(THEMES).index(theme_of(row.kind)), -row.severity, row.kind, row.context, row.key


def _groups(
    names: Sequence[str], roles: Mapping[str, str], rows: Sequence[query_pb2.ComparedFact], *, folded: bool
) -> tuple[Group, ...]:
    has: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    for row in rows:
        for one in row.values:
            has[one.server].append((one.state, one.digest))
    told = {name: (roles.get(name, ""), tuple(has[name]) if folded else name) for name in names}
    return tuple(Group(names=its, role=roles.get(its[0], "")) for its in alike(names, told))


def _theme(
    name: str, rows: Sequence[query_pb2.ComparedFact], groups: Sequence[Group], *, closed: bool, peers: bool
) -> Theme:
    words = {SEVERITIES.get(row.severity, "") for row in rows}
    return Theme(
        name=name,
        rows=() if closed else tuple(_row(row, groups, peers=peers) for row in rows),
        count=len(rows),
        worst=next((word for word in _ORDER if word in words), ""),
        closed=closed,
    )


def _row(row: query_pb2.ComparedFact, groups: Sequence[Group], *, peers: bool) -> Row:
    others = said(row.values)
    by_name = {one.server: one for one in row.values}
    most = _most(row.values) if peers else None
    first = next((one for one in row.values if most == (one.state, one.digest)), None)
    context = CONTEXT_NAMES[row.context] or ""
    own = f"{row.kind}/{row_id(row.kind, context, row.key)}"
    known = [one for one in row.values if one.state not in _NO_VALUE]
    present = [one for one in known if one.state == "present"]
    same = sum((one.state, one.digest) == most for one in known)
    return Row(
        id=own,
        kind=row.kind,
        context=context,
        key=row.key,
        most=value(first, others) if first is not None else None,
        most_count=same,
        odd_count=len(known) - same if first is not None else 0,
        unknown_count=sum(one.state == "unknown" for one in row.values),
        expected=row.expectation.replace("-", " "),
        meaning=row.meaning,
        severity=SEVERITIES.get(row.severity, ""),
        cells=tuple(_cell(group.names[0], own, by_name[group.names[0]], others, most) for group in groups),
        wordless=len({one.digest for one in present}) > 1 and len({one.text for one in present}) == 1,
    )


def _cell(
    name: str, own: str, one: query_pb2.ComparedValue, others: Sequence[AbstractSet[str]], most: tuple[str, str] | None
) -> Cell:  # fmt: skip
    same = one.state not in _NO_VALUE and most == (one.state, one.digest)
    return Cell(id=f"{name}/{own}", value=value(one, others), same=same)


def _most(values: Iterable[query_pb2.ComparedValue]) -> tuple[str, str] | None:
    """Return what more than half of those have of which it is known; None where there is no such thing."""
    counted = Counter((one.state, one.digest) for one in values if one.state not in _NO_VALUE)
    if not counted:
        return None
    what, count = counted.most_common(1)[0]
    return what if count * 2 > counted.total() else None
