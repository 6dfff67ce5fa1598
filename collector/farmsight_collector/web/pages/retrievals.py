"""Retrievals: each URL by server and account, now or over a span, the worst first."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from farmsight_collector.errors import CollectorError
from farmsight_collector.queries import availability, retrievals
from farmsight_collector.queries.retrievals import DURATIONS, PURPOSES, Matrix, Place, Row
from farmsight_collector.shown import retrieval_table
from farmsight_collector.shown.alike import MOST_COLUMNS
from farmsight_collector.store.trends import latest
from farmsight_collector.web.page import Asked, Page
from farmsight_collector.web.pages import retrieval_cell

SPANS: Final = {"1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
SHOW: Final = ("all", "bad", "unknown", "differs")


def values(asked: Asked) -> Mapping[str, object]:
    """Return the table, and what was chosen of it."""
    given, farm = asked.parameters, asked.evaluated().farm
    sort = given.one_of("sort", ("worst", "name"), "worst")
    over = given.one_of("over", ("", *SPANS), "")
    durations = latest(asked.connection, asked.farm, DURATIONS, asked.at)
    told = availability.answer(asked.connection, asked.farm, asked.at - SPANS[over], asked.at) if over else None
    whole = retrievals.matrix(farm, durations)
    places = [at for at, place in enumerate(whole.places) if _chosen_place(asked, place)]
    rows = [
        (row, retrieval_table.cells(whole, row, places, told))
        for row in whole.rows
        if _chosen_row(asked, row, whole, places)
    ]
    fold = given.one_of("fold", ("auto", "yes", "no"), "auto")
    folded = fold == "yes" or (fold == "auto" and len(places) > MOST_COLUMNS)
    return {
        "table": retrieval_table.table(whole, rows, places, folded=folded, by_name=sort == "name", at=asked.at),
        "over": over,
        "spans": tuple(SPANS),
        "show": given.one_of("show", SHOW, "all"),
        "sort": sort,
        "fold": fold,
        "folded": folded,
        "find": given.text("find"),
        "purpose": given.one_of("purpose", ("", *PURPOSES), ""),
        "purposes": PURPOSES,
        "role": given.text("role"),
        "roles": sorted({place.role for place in whole.places}),
        "context": given.text("context"),
        "contexts": sorted({place.context for place in whole.places}),
        "server": given.text("server"),
        "opened": given.text("open"),
        **_opened(asked),
        "servers": len(farm.servers),
    }


def _opened(asked: Asked) -> Mapping[str, object]:
    """Return the cell that is opened beside the table, or why it can't be; an address may be older than the farm."""
    if not asked.parameters.text("open"):
        return {"one": None, "not_opened": ""}
    try:
        return {"one": retrieval_cell.opened(asked), "not_opened": ""}
    except CollectorError as error:
        return {"one": None, "not_opened": str(error)}


def _chosen_place(asked: Asked, place: Place) -> bool:
    given = asked.parameters
    wanted = (given.text("role"), place.role), (given.text("context"), place.context)
    named = given.text("server").lower()
    return all(not want or want == have for want, have in wanted) and (not named or named in place.server.lower())


def _chosen_row(asked: Asked, row: Row, whole: Matrix, places: Sequence[int]) -> bool:
    given, find = asked.parameters, asked.parameters.text("find").strip().lower()
    purpose, show = given.text("purpose"), given.one_of("show", SHOW, "all")
    states = {row.cells[at].state for at in places}
    asked_here = bool(states - {"none"}) or len(places) == len(whole.places)
    shown = {
        "all": asked_here,
        "bad": "bad" in states,
        "unknown": bool(states & {"unknown", "stale"}),
        "differs": {"ok", "bad"} <= states,
    }
    return (not purpose or row.purpose == purpose) and (not find or find in row.key.lower()) and shown[show]


PAGE = Page(
    name="retrievals",
    title="Retrievals",
    path="/farms/{farm}/retrievals",
    template="retrievals.html.j2",
    values=values,
    key="r",
)
