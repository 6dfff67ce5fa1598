"""One finding: what it is, since when, what to do, and its whole life with the proof of each turn."""

from collections.abc import Mapping
from functools import partial

from farmsight_collector.errors import NotFoundError
from farmsight_collector.queries import explain, first_changes, messages
from farmsight_collector.queries.finding_life import Life, life
from farmsight_collector.rules.catalogue import BY_CODE
from farmsight_collector.shown.ages import ago
from farmsight_collector.shown.findings import Cause, causes
from farmsight_collector.shown.marks import marks
from farmsight_collector.shown.picture import told
from farmsight_collector.shown.summary import every
from farmsight_collector.web.page import Asked, Page
from farmsight_collector.web.pages.acknowledging import SPANS, acknowledged
from farmsight_wire.v1 import query_pb2


def values(asked: Asked) -> Mapping[str, object]:
    """Return the finding as of the instant, or as it was last; raises NotFoundError."""
    finding = asked.path["finding"]
    picture = first_changes.looked_for(asked.connection, asked.evaluated(), only=finding)
    found = causes(told(picture))
    lived = life(asked.connection, asked.farm, finding, asked.at)
    place = next((cause for cause in found if any(one.id == finding for one in every((cause,)))), None)
    shown = next((one for one in every(found) if one.id == finding), None)
    if shown is None:
        if not lived.rows:
            raise NotFoundError(
                f"There is no finding {finding[:100]!r} in {asked.farm} as of {asked.at:%Y-%m-%d %H:%MZ}."
            )
        shown = causes([messages.stored_finding(lived.rows[0])])[0].finding
    return {
        "one": shown,
        "state": _state(place, lived, carried=any(row.id == finding for row in picture.carried)),
        "cause": place.finding if place and place.finding.id != finding else None,
        "symptoms": place.symptoms if place and place.finding.id == finding else (),
        "explained": place.explained if place and place.finding.id == finding else 0,
        "life": lived,
        "acknowledged": acknowledged(asked.connection, asked.farm, asked.at),
        "spans": SPANS,
        "rule": _rule(shown.code),
        "marks": marks(picture.evaluation.findings),
        "ago": partial(ago, at=asked.at),
    }


def _state(place: Cause | None, lived: Life, *, carried: bool) -> str:
    """Return open, carried (nobody can tell that it is over), closed, or open-unwatched."""
    if place is None:
        return "closed"
    if carried:
        return "carried"
    return "open" if lived.rows and lived.rows[0].closed is None else "unwatched"


def _rule(code: str) -> query_pb2.RuleText | None:
    if code not in BY_CODE:
        return None
    return explain.answer(query_pb2.ExplainRequest(code=code)).rules[0]


PAGE = Page(
    name="finding",
    title="Finding",
    path="/farms/{farm}/findings/{finding}",
    template="finding.html.j2",
    values=values,
    navigated=False,
)
