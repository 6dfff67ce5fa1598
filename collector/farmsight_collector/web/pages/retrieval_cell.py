"""One URL under one account of one server: its last attempt hop by hop, and how it went over a span."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.queries import availability, retrievals
from farmsight_collector.queries.availability import Availability, Stretch
from farmsight_collector.queries.retrievals import DURATIONS, Cell, Place
from farmsight_collector.shown import figures, retrieval_facts
from farmsight_collector.shown.alike import row_id
from farmsight_collector.shown.retrieval_table import WORDS
from farmsight_collector.shown.strip import Scale, ticks
from farmsight_collector.store.trends import latest
from farmsight_collector.web.page import Asked, Part

SPANS: Final = {"1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
LISTED: Final = 40  # stretches of time that are told one by one


@dataclass(frozen=True, kw_only=True)
class Told:
    """One stretch as it is drawn and listed."""

    state: str
    word: str
    text: str
    begin: datetime
    end: datetime
    lasted: str
    left: float
    width: float


def values(asked: Asked) -> Mapping[str, object]:
    """Return the cell that `open` names: server, account and row. Raises InvalidRequestError, NotFoundError."""
    return {"one": opened(asked)}


def opened(asked: Asked) -> Mapping[str, object]:
    """Return the same, for the page that shows it beside the table."""
    server, context, row = _named(asked.parameters.text("open"))
    span = asked.parameters.one_of("over", ("", *SPANS), "7d") or "7d"
    place, key, cell = _found(asked, server, context, row)
    scale = Scale(begin=asked.at - SPANS[span], end=asked.at)
    told = availability.answer(asked.connection, asked.farm, scale.begin, scale.end, server=place.server, key=key)
    went = told.get((place.server, place.context, key), Availability(stretches=()))
    value = cell.held.value if cell.held is not None else None
    return {
        "opened": asked.parameters.text("open"),
        "place": place,
        "purpose": key.partition(" ")[0],
        "url": key.partition(" ")[2],
        "cell": cell,
        "word": WORDS[cell.state],
        "took": figures.duration(cell.duration_ms),
        "size": figures.size(cell.size),
        "since": cell.held.began if cell.held is not None else None,
        "parts": retrieval_facts.parts(cell.held.fact) if cell.held is not None else (),
        "steps": retrieval_facts.steps(value) if value is not None else (),
        "beside": retrieval_facts.beside(value) if value is not None else (),
        "span": span,
        "spans": tuple(SPANS),
        "share": figures.share(went.share),
        "known": figures.share(went.known),
        "stretches": [_told(one, scale) for one in went.stretches],
        "listed": [_told(one, scale) for one in reversed(went.stretches[-LISTED:])],
        "left_out": max(0, len(went.stretches) - LISTED),
        "ticks": ticks(scale),
    }


def _named(text: str) -> tuple[str, str, str]:
    server, _, rest = text.partition("/")
    context, _, row = rest.partition("/")
    if not server or not row:
        raise InvalidRequestError("open: SERVER/ACCOUNT/ROW, as the cells of the table have it")
    return server, context, row


def _found(asked: Asked, server: str, context: str, row: str) -> tuple[Place, str, Cell]:
    whole = retrievals.matrix(asked.evaluated().farm, latest(asked.connection, asked.farm, DURATIONS, asked.at))
    for at, place in enumerate(whole.places):
        if (place.server, place.context) == (server, context):
            for line in whole.rows:
                if row_id(line.key) == row:
                    return place, line.key, line.cells[at]
    raise NotFoundError(f"{server} fetched no such URL as {context or 'any account'} by then")


def _told(one: Stretch, scale: Scale) -> Told:
    left, width = scale.bar(one.begin, one.end)
    return Told(
        state=one.state,
        word=WORDS[one.state],
        text=one.text,
        begin=one.begin,
        end=one.end,
        lasted=figures.span(one.end - one.begin),
        left=left,
        width=width,
    )


PART = Part(
    name="retrieval-cell",
    path="/farms/{farm}/retrievals/cell",
    template="retrieval_cell.html.j2",
    values=values,
)
