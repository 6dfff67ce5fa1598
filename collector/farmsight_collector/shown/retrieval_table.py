"""The table of retrievals: URLs by purpose and host, servers and accounts that are alike in one column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from farmsight_collector.queries.availability import Availability
from farmsight_collector.queries.retrievals import PURPOSES, Cell, Matrix, Place, Row
from farmsight_collector.shown import figures
from farmsight_collector.shown.alike import alike, row_id

SIGNS: Final = 24  # more columns than that show signs alone
_WORST: Final = ("bad", "stale", "unknown", "warning", "ok", "none")
WORDS: Final = {
    "ok": "good",
    "bad": "fails",
    "unknown": "not known",
    "stale": "stale",
    "none": "not asked",
    "warning": "failed at times",
}
Told = Mapping[tuple[str, str, str], Availability]
Said = Sequence[tuple[Cell, Availability | None, str]]  # the cell, how it went over a span, the state that is shown


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One cell, for one server or several that are alike: what stands in it and what is heard of it."""

    id: str  # server/account/row
    state: str
    first: str
    more: str
    parts: tuple[tuple[str, float, float], ...] = ()  # of its bar: state, begin and width in per cent
    members: int = 1

    @property
    def word(self) -> str:
        """Return the state in words."""
        return WORDS[self.state]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Servers in one column, each under the same accounts."""

    servers: tuple[str, ...]
    role: str
    contexts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One URL with its cells, and in how many places it went how."""

    id: str
    url: str
    path: str
    purpose: str
    host: str
    counts: tuple[tuple[str, int], ...]
    differs: bool
    cells: tuple[Shown, ...]


@dataclass(frozen=True, kw_only=True)
class Block:
    """The URLs of one purpose at one host."""

    purpose: str
    host: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """What the template shows."""

    groups: tuple[Group, ...]
    blocks: tuple[Block, ...]
    columns: int
    places: int
    counts: tuple[tuple[str, str, int], ...]  # state, word, cells
    whole: int  # rows without any filter

    @property
    def signs(self) -> bool:
        """Tell whether there are too many columns for words."""
        return self.columns > SIGNS

    @property
    def rows(self) -> int:
        """Return how many URLs are shown."""
        return sum(len(block.lines) for block in self.blocks)


def cells(whole: Matrix, row: Row, places: Sequence[int], told: Told | None) -> Said:
    """Return what each place says of a URL: now, or over the span that was told of."""
    found: list[tuple[Cell, Availability | None, str]] = []
    for at in places:
        cell, place = row.cells[at], whole.places[at]
        if told is None:
            found.append((cell, None, str(cell.state)))
            continue
        went = told.get((place.server, place.context, row.key))
        found.append((cell, went, "none" if went is None else _over(went)))
    return found


def _over(went: Availability) -> str:
    """Return the state of a span: bad where it fails at its end, warning where it failed before."""
    if went.share is None:
        return "none" if went.known is None else "unknown"
    if went.share == 1:
        return "ok"
    last = next((one.state for one in reversed(went.stretches) if one.state in ("ok", "bad")), "bad")
    return "bad" if last == "bad" else "warning"


def table(
    whole: Matrix,
    rows: Sequence[tuple[Row, Said]],
    places: Sequence[int],
    *,
    folded: bool,
    by_name: bool,
    at: datetime,
) -> Table:
    """Return the table of some rows in some places; by purpose and host, or the worst first."""
    chosen = [whole.places[one] for one in places]
    groups = _groups(chosen, rows, folded=folded)
    lines = [_line(row, said, chosen, groups, at) for row, said in rows]
    blocks = [
        Block(purpose=purpose, host=host, lines=tuple(its if by_name else sorted(its, key=_rank)))
        for (purpose, host), some in groupby(lines, key=lambda one: (one.purpose, one.host))
        for its in [list(some)]
    ]
    if not by_name:
        blocks.sort(key=lambda block: (_rank(block.lines[0]), PURPOSES.index(block.purpose), block.host))
    counts = {state: sum(one[2] == state for _, said in rows for one in said) for state in _WORST}
    return Table(
        groups=groups,
        blocks=tuple(blocks),
        columns=sum(len(group.contexts) for group in groups),
        places=len(chosen),
        counts=tuple((state, WORDS[state], count) for state, count in counts.items() if count),
        whole=len(whole.rows),
    )


def _groups(chosen: Sequence[Place], rows: Sequence[tuple[Row, Said]], *, folded: bool) -> tuple[Group, ...]:
    by_server = {name: list(its) for name, its in groupby(range(len(chosen)), key=lambda at: chosen[at].server)}
    said = {
        name: (
            chosen[its[0]].role,
            tuple(chosen[at].context for at in its),
            tuple((said[at][2], _words(said[at][0])) for _, said in rows for at in its) if folded else name,
        )
        for name, its in by_server.items()
    }
    return tuple(
        Group(
            servers=names,
            role=chosen[by_server[names[0]][0]].role,
            contexts=tuple(chosen[at].context for at in by_server[names[0]]),
        )
        for names in alike(tuple(by_server), said)
    )


def _words(cell: Cell) -> str:
    return cell.text if cell.state != "stale" else ""


def _line(row: Row, said: Said, chosen: Sequence[Place], groups: Sequence[Group], at: datetime) -> Line:
    where = {(place.server, place.context): one for place, one in zip(chosen, said, strict=True)}
    own = row_id(row.key)
    cells = tuple(
        _shown(f"{group.servers[0]}/{context}/{own}", [where[name, context] for name in group.servers], at)
        for group in groups
        for context in group.contexts
    )
    counts = {state: sum(one[2] == state for one in said) for state in _WORST}
    return Line(
        id=own,
        url=row.url,
        path=row.url.partition(f"{row.host}")[2] if row.host else row.url,
        purpose=row.purpose,
        host=row.host,
        counts=tuple((state, count) for state, count in counts.items() if count),
        differs={"ok", "bad"} <= {one[2] for one in said},
        cells=cells,
    )


def _shown(name: str, its: Said, at: datetime) -> Shown:
    cell, went, state = its[0]
    if went is not None:
        return _over_span(name, [one for _, one, _ in its if one is not None], state, len(its))
    took = figures.durations([one.duration_ms for one, _, _ in its if one.duration_ms is not None])
    first, more = WORDS[state], cell.text
    if state == "ok":
        first = took or "good"
        more = " \N{MIDDLE DOT} ".join(filter(None, (figures.size(cell.size), _until(cell, at))))
    return Shown(id=name, state=state, first=first, more=more, members=len(its))


def _until(cell: Cell, at: datetime) -> str:
    if cell.until is not None:
        return f"until {figures.short(cell.until, at)}"
    return "" if cell.text in ("fetched", "good") else cell.text


def _over_span(name: str, its: Sequence[Availability], state: str, members: int) -> Shown:
    shares = [one.share for one in its if one.share is not None]
    least, most = (figures.share(min(shares)), figures.share(max(shares))) if shares else ("", "")
    known = min((one.known for one in its if one.known is not None), default=None)
    return Shown(
        id=name,
        state=state,
        first=(least if least == most else f"{least} to {most}") or WORDS[state],
        more="" if known is None or known == 1 else f"{figures.share(known)} known",
        parts=tuple(_bar(its[0])),
        members=members,
    )


def _bar(one: Availability) -> Iterator[tuple[str, float, float]]:
    """Yield the parts of a cell's bar: how long it was bad, good, not known, of the time in which it was asked."""
    lengths = {"bad": one.seconds("bad"), "ok": one.seconds("ok"), "unknown": one.seconds("unknown")}
    whole, begin = sum(lengths.values()), 0.0
    for state, length in lengths.items():
        width = 100 * length / whole if whole else 0
        if width:
            yield state, round(begin, 2), round(max(width, 1.5), 2)
        begin += width


def _rank(line: Line) -> tuple[int, ...]:
    """Return what sorts lines, the worst first: by how many places fail, then of how many that is not known."""
    counts = dict(line.counts)
    return tuple(-counts.get(state, 0) for state in ("bad", "warning", "stale", "unknown"))
