"""Compare: servers and what should be equal between them; the odd ones stand out."""

from collections.abc import Mapping
from typing import Final

from farmsight_collector.correlate.alike import THEMES
from farmsight_collector.errors import CollectorError, NotFoundError
from farmsight_collector.model.build import farms
from farmsight_collector.shown import compare_table
from farmsight_collector.shown.alike import MOST_COLUMNS
from farmsight_collector.web.page import Asked, Page, Parameters
from farmsight_collector.web.pages import compare_cell
from farmsight_collector.web.pages.compare_sides import Compared, alone, compared
from farmsight_wire.v1 import query_pb2

SHOW: Final = ("matters", "differs", "all")
MOST_ROWS: Final = 300
MOST_CELLS: Final = 6000  # where each server has a column of its own
_WORDS: Final = ("info", "warning", "error", "critical")


def values(asked: Asked) -> Mapping[str, object]:
    """Return the table, and what was chosen of it. Raises InvalidRequestError."""
    given, farm = asked.parameters, asked.evaluated().farm
    show = given.one_of("show", SHOW, "matters")
    whole, why_not = _compared(asked, everything=show == "all")
    rows = [row for row in whole.rows if _chosen(row, given, show if whole.by == "servers" else "differs")]
    labels = [side.label for side in whole.sides]
    fold = given.one_of("fold", ("auto", "yes", "no"), "auto")
    folded = fold == "yes" or (fold == "auto" and len(labels) > MOST_COLUMNS)
    most_rows = MOST_ROWS if folded else min(MOST_ROWS, MOST_CELLS // max(len(labels), 1))
    closed = frozenset(given.texts("closed")) & THEMES.keys()
    roles = {server.name: server.role for server in farm.servers}
    return {
        "table": compare_table.table(
            labels, roles, rows, folded=folded, closed=closed, most_rows=most_rows, peers=whole.by == "servers"
        ),
        "names": labels,
        "by": whole.by,
        "then": whole.then,
        "other": whole.other,
        "others": [name for name in farms(asked.connection) if name != asked.farm],
        "server": given.text("server"),
        "servers": [server.name for server in farm.servers],
        "why_not": why_not,
        "show": show,
        "fold": fold,
        "folded": folded,
        "closed": sorted(closed),
        "find": given.text("find"),
        "kind": given.text("kind"),
        "kinds": {theme: sorted({line.kind for line in lines}) for theme, lines in THEMES.items()},
        "role": given.text("role"),
        "roles": sorted(set(roles.values())),
        "least": given.one_of("least", ("", *_WORDS), ""),
        "words": _WORDS,
        "opened": given.text("open"),
        **_opened(asked),
    }


def _compared(asked: Asked, *, everything: bool) -> tuple[Compared, str]:
    """Return the comparison, or an empty one and why there is none: an instant without that server, no other farm."""
    try:
        return compared(asked, kind=asked.parameters.text("kind"), everything=everything), ""
    except NotFoundError as error:
        return alone(asked), str(error)


def _chosen(row: query_pb2.ComparedFact, given: Parameters, show: str) -> bool:
    least, find = given.text("least"), given.text("find").strip().lower()
    if show == "matters" and not row.severity:
        return False
    if least and row.severity < query_pb2.Severity.Value(f"SEVERITY_{least.upper()}"):
        return False
    said = " ".join((row.kind, row.key, row.meaning, *(one.text for one in row.values))) if find else ""
    return not find or find in said.lower()


def _opened(asked: Asked) -> Mapping[str, object]:
    """Return the cell that is opened beside the table, or why it can't be; an address may be older than the farm."""
    if not asked.parameters.text("open"):
        return {"one": None, "not_opened": ""}
    try:
        return {"one": compare_cell.opened(asked), "not_opened": ""}
    except CollectorError as error:
        return {"one": None, "not_opened": str(error)}


PAGE = Page(
    name="compare",
    title="Compare",
    path="/farms/{farm}/compare",
    template="compare.html.j2",
    values=values,
    key="m",
)
