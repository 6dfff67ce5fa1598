"""Topology: who signs in through whom and who fetches what from where, at any instant and between two."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from farmsight_collector.errors import CollectorError, InvalidRequestError
from farmsight_collector.queries import messages, status, timeline
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.topology.change import difference
from farmsight_collector.topology.draw import KINDS, ROLES, line_mark, node_mark
from farmsight_collector.topology.fold import GROUPS, folded
from farmsight_collector.topology.graph import STATES, Edge, Graph
from farmsight_collector.topology.lines import CONTEXTS, FAMILY_WORDS, VERBS, key_of
from farmsight_collector.topology.patch import patch
from farmsight_collector.web.page import Asked, Page, Part
from farmsight_collector.web.pages import topology_one
from farmsight_collector.web.pages.topology_chosen import SPANS, Chosen, chosen
from farmsight_collector.web.pages.topology_map import drawn, graph_at, picture, picture_of_difference, whole

ROWS: Final = 300  # of the table of lines that are written out
AT_ONCE: Final = 6  # instants that one request for states may name


def values(asked: Asked) -> Mapping[str, object]:
    """Return the map as of the instant with its slider, or the difference of two."""
    wanted = chosen(asked)
    evaluated, graph = graph_at(asked, asked.at, wanted.apart)
    span = timeline.span(asked.connection, asked.farm, wanted.begin, wanted.end)
    told = None
    if wanted.since is None:
        frame = whole(asked, wanted, graph)
        shown = folded(graph, frame.fold)
        map_of = picture(shown, frame, wanted)
    else:
        before = graph_at(asked, wanted.since, wanted.apart)[1]
        frame = whole(asked, wanted, before, graph)
        shown = folded(graph, frame.fold)
        told = difference(folded(before, frame.fold), shown)
        map_of = picture_of_difference(told, frame, wanted)
    return {
        "chosen": wanted,
        "map": map_of,
        "known": bool(evaluated.farm.servers),
        "line": _line(evaluated),
        "span": span,
        "ticks": _ticks(wanted),
        "places": [_placed(one, wanted) for one in span.marks],
        "place": _place(asked.at, wanted),
        "earlier": max((one.at for one in span.marks if one.at < asked.at), default=None),
        "later": min((one.at for one in span.marks if one.at > asked.at), default=None),
        "difference": told,
        "frame": frame,
        "groups": GROUPS,
        "spans": tuple(SPANS),
        "contexts": [one for one in CONTEXTS if any(edge.context == one for edge in frame.graph.edges)],
        "families": [(name, word) for name, word in FAMILY_WORDS.items() if _drawn(frame.graph, name)],
        "hosts": sorted(node.id for node in graph.nodes if node.kind == "host" and node.detail not in ("", "1 URL")),
        **_rows(shown),
        **_opened(asked, wanted, shown),
    }


def _line(evaluated: Evaluated) -> str:
    unknown = messages.unknown_items(evaluated.farm.servers, evaluated.evaluation.unknown)
    return status.verdict(evaluated, status.things(unknown))


def _drawn(graph: Graph, family: str) -> bool:
    return any(key_of(edge)[2] == family for edge in graph.edges)


def _opened(asked: Asked, wanted: Chosen, graph: Graph) -> Mapping[str, object]:
    if not wanted.open:
        return {"one": None, "not_opened": ""}
    try:
        return {"one": topology_one.opened(asked.evaluated(), graph, wanted.open), "not_opened": ""}
    except CollectorError as error:
        return {"one": None, "not_opened": str(error)}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One edge in the table."""

    mark: str
    source: str
    verb: str
    target: str
    edge: Edge


def _rows(graph: Graph) -> Mapping[str, object]:
    """Return nodes and edges as tables, those that ask for attention first."""
    names = {node.id: node.label for node in graph.nodes}
    edges = sorted(graph.edges, key=lambda one: (STATES.index(one.state), one.source, one.kind, one.target))
    return {
        "nodes": [
            (node_mark(one.id), one, ROLES.get(one.role) or KINDS.get(one.kind, one.kind)) for one in graph.nodes
        ],
        "edges": [
            Row(
                mark=line_mark(key_of(one)),
                source=names[one.source],
                verb=VERBS[one.kind],
                target=names[one.target],
                edge=one,
            )
            for one in edges[:ROWS]
        ],
        "edges_in_all": len(edges),
    }


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A mark where it stands on the slider, in hundredths."""

    mark: timeline.Mark
    place: float
    height: int
    words: str


def _place(at: datetime, wanted: Chosen) -> float:
    return round(100 * ((at - wanted.begin) / (wanted.end - wanted.begin)), 3)


def _placed(mark: timeline.Mark, wanted: Chosen) -> Placed:
    count = mark.facts + mark.opened + mark.closed + mark.others
    return Placed(
        mark=mark, place=_place(mark.at, wanted), height=min(20, 6 + 2 * count.bit_length()), words=said(mark)
    )


def said(mark: timeline.Mark) -> str:
    """Return in words what changed at a mark."""
    counts = (
        (mark.opened, f"{mark.opened} finding{'' if mark.opened == 1 else 's'} opened"),
        (mark.closed, f"{mark.closed} closed"),
        (mark.others, f"{mark.others} of agents or severity"),
        (mark.facts, f"{mark.facts} fact{'' if mark.facts == 1 else 's'} changed"),
    )
    return ", ".join(word for count, word in counts if count) + f": {mark.text}"


def _ticks(wanted: Chosen) -> Sequence[tuple[float, str]]:
    """Return a handful of times below the slider."""
    length, form = wanted.end - wanted.begin, "%H:%M" if wanted.span == "1d" else "%m-%d"
    times = [wanted.begin + length * part / 7 for part in range(7)]
    return [(_place(at, wanted), at.strftime(form)) for at in times]


def states(asked: Asked) -> Mapping[str, object]:
    """Return what the page changes to show other instants; each is worked out once. Raises InvalidRequestError."""
    wanted = chosen(asked)
    given = asked.parameters.texts("instant")
    if not 1 <= len(given) <= AT_ONCE:
        raise InvalidRequestError(f"instant: from 1 to {AT_ONCE} of them")
    graphs = [(at, *graph_at(asked, at, wanted.apart)) for at in _instants(given)]
    frame = whole(asked, wanted, *(graph for _, _, graph in graphs))
    return {
        "states": [
            {
                "at": at.isoformat(),
                "line": _line(evaluated),
                **patch(drawn(folded(graph, frame.fold), frame, wanted), frame.layout),
            }
            for at, evaluated, graph in graphs
        ]
    }


def _instants(given: Sequence[str]) -> Iterator[datetime]:
    for one in given:
        try:
            at = datetime.fromisoformat(one)
        except ValueError:
            raise InvalidRequestError("instant: such as 2026-11-23T10:00:00+00:00") from None
        if at.tzinfo is None:
            raise InvalidRequestError("instant: with its time zone")
        yield at


PAGE = Page(
    name="topology",
    title="Topology",
    path="/farms/{farm}/topology",
    template="topology.html.j2",
    values=values,
    key="t",
)
ONE = topology_one.PART
STATES_PART = Part(
    name="topology-states", path="/farms/{farm}/topology/states", template="topology_states.html.j2", values=states
)
