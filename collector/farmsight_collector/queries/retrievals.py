"""URL by server and account: what was fetched where, under whom, and how it went."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Coverage, Farm, Held, Server
from farmsight_collector.queries.fetches import went
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

PROBE: Final = "retrievals"
PURPOSES: Final = tuple(PURPOSE_NAMES.values())
DURATIONS: Final = "retrieval-duration-ms"
# Among the states of `fetches`: a run that no sign follows any more, and what is known of it is of the past.
State = Literal["ok", "bad", "unknown", "stale", "none"]
Durations = Mapping[tuple[str, str | None, str], float]  # by server, account and key, as the store has them


@dataclass(frozen=True, kw_only=True)
class Place:
    """One account on one server."""

    server: str
    role: str
    context: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """How one URL went in one place. `held` is the fact that says so, the last that there was where it is not known."""

    state: State
    text: str
    held: Held | None = field(default=None, repr=False)
    until: datetime | None = None  # what came ends then
    duration_ms: float | None = None  # of the last fetch that was measured

    @property
    def size(self) -> int:
        """Return the bytes that came, 0 where none did or nobody says."""
        return int(self.held.value.size) if self.held is not None else 0

    @property
    def source(self) -> str:
        """Return the file and line that say so, where it was read from a file."""
        return str(self.held.fact.source) if self.held is not None else ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One URL for one purpose."""

    key: str  # as the facts have it: purpose, a blank, URL
    cells: tuple[Cell, ...]

    @property
    def purpose(self) -> str:
        """Return what it is fetched for: crl, delta, aia or ocsp."""
        return self.key.partition(" ")[0]

    @property
    def url(self) -> str:
        """Return the URL."""
        return self.key.partition(" ")[2]

    @property
    def host(self) -> str:
        """Return the URL's host, empty where it names none."""
        return host_of(self.url)

    @property
    def differs(self) -> bool:
        """Tell whether it went well in one place and not in another."""
        return {"ok", "bad"} <= {cell.state for cell in self.cells}

    def count(self, state: State) -> int:
        """Return in how many places it went so."""
        return sum(cell.state == state for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All URLs in all places."""

    places: tuple[Place, ...]
    rows: tuple[Row, ...]


def matrix(farm: Farm, durations: Durations | None = None) -> Matrix:
    """Return every URL that was fetched anywhere, in the order of purposes and URLs.

    A place stands in it when anything was fetched there, or when nobody knows
    whether it was; not where nobody was to look (no file of it was gathered).
    """
    asked = [place for server in farm.servers for place in _places(server)]
    held = [{h.key: h for h in server.facts.get("retrieval", ()) if h.context == run.context} for server, run in asked]
    keys = sorted({key for rows in held for key in rows}, key=by_purpose)
    measured = durations or {}
    rows = [
        Row(
            key=key,
            cells=tuple(
                _cell(farm, its.get(key), run, measured.get((server.name, run.context, key)))
                for its, (server, run) in zip(held, asked, strict=True)
            ),
        )
        for key in keys
    ]
    places = tuple(Place(server=s.name, role=s.role, context=run.context or "") for s, run in asked)
    return Matrix(places=places, rows=tuple(rows))


def by_purpose(key: str) -> tuple[int, str]:
    """Return what sorts keys of retrievals: base CRLs, deltas, certificates, responders, each by URL."""
    purpose, _, url = key.partition(" ")
    return (PURPOSES.index(purpose) if purpose in PURPOSES else len(PURPOSES), url)


def fold(columns: Sequence[object], rows: Sequence[Sequence[object]]) -> list[list[int]]:
    """Return groups of positions whose columns say the same in each row, in the order of their first ones.

    Only columns whose heads in `columns` are equal come together.
    """
    groups: dict[object, list[int]] = {}
    for at, column in enumerate(columns):
        groups.setdefault((column, tuple(row[at] for row in rows)), []).append(at)
    return list(groups.values())


def _places(server: Server) -> Iterator[tuple[Server, Coverage]]:
    for run in sorted((r for r in server.coverage if r.probe == PROBE), key=lambda r: r.context or ""):
        if run.context is None:
            continue
        held = any(h.context == run.context for h in server.facts.get("retrieval", ()))
        if held or (_unknown(run) and "file-missing" not in run.reason):
            yield server, run


def _unknown(run: Coverage) -> bool:
    return run.stale or run.outcome not in ("observed", "not_applicable")


def _cell(farm: Farm, held: Held | None, run: Coverage, duration: float | None) -> Cell:
    if run.stale:
        was = f"; it was then: {went(held.value, run.covered_until).text}" if held is not None else ""
        return Cell(state="stale", text=f"last seen {run.covered_until:%Y-%m-%d %H:%M}Z{was}", held=held)
    if _unknown(run):
        reason = f"{run.outcome}: {run.reason}" + (f" ({run.detail})" if run.detail else "")
        return Cell(state="unknown", text=reason, held=held)
    if held is None:
        return Cell(state="none", text="not applicable" if run.outcome == "not_applicable" else "not asked")
    told = went(held.value, farm.as_of)
    return Cell(state=told.state, text=told.text, held=held, until=told.until, duration_ms=duration)
