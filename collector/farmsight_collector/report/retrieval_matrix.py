"""URL by server and account, as captured files tell it: what was fetched where, under whom, and how it went."""

from dataclasses import dataclass

from farmsight_collector.model.view import Farm
from farmsight_collector.queries import retrievals


@dataclass(frozen=True, kw_only=True)
class Column:
    """One account on one server."""

    server: str
    context: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """How one URL went in one column: state is ok, bad, unknown or none (it was not asked)."""

    state: str
    text: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One URL."""

    purpose: str
    url: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Tell whether it went well in one place and not in another."""
        return len({cell.state for cell in self.cells} & {"ok", "bad"}) == 2


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All URLs in all columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def matrix(farm: Farm) -> Matrix:
    """Return every URL that was fetched anywhere, in the order of purposes and URLs."""
    made = retrievals.matrix(farm)
    return Matrix(
        columns=tuple(Column(server=place.server, context=place.context) for place in made.places),
        rows=tuple(Row(purpose=row.purpose, url=row.url, cells=tuple(map(_cell, row.cells))) for row in made.rows),
    )


def _cell(one: retrievals.Cell) -> Cell:
    state = "unknown" if one.state == "stale" else one.state
    return Cell(state=state, text=one.text, source=one.source if one.state in ("ok", "bad", "unknown") else "")
