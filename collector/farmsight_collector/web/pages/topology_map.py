"""The map of a farm as of instants, on one layout for a whole span."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

from farmsight_collector.queries import timeline
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.store.trends import latest
from farmsight_collector.topology import svg
from farmsight_collector.topology.build import build
from farmsight_collector.topology.change import Difference
from farmsight_collector.topology.draw import Drawing, drawing
from farmsight_collector.topology.fold import folded, group_of
from farmsight_collector.topology.graph import Graph
from farmsight_collector.topology.layout import layout, union
from farmsight_collector.topology.places import Layout
from farmsight_collector.web.page import Asked
from farmsight_collector.web.pages.topology_chosen import Chosen

TOO_MANY: Final = 60  # of one group that are folded unless somebody wants them one by one


@dataclass(frozen=True, kw_only=True)
class Whole:
    """All that stood in the span, and where it stands on the map."""

    graph: Graph
    layout: Layout
    fold: tuple[str, ...]  # the groups that are folded
    groups: Mapping[str, int]  # that could be, with how many there are


def whole(asked: Asked, chosen: Chosen, *besides: Graph) -> Whole:
    """Return the map's frame for the span that the slider covers, with some graphs that must be in it."""
    stood = timeline.stood(asked.connection, asked.farm, chosen.begin, chosen.end)
    nothing = Evaluation(farm=asked.farm, as_of=chosen.end, findings=())
    plain = union((build(stood, nothing, apart=chosen.apart), *besides))
    counts: dict[str, int] = {}
    for node in plain.nodes:
        if group := group_of(node):
            counts[group] = counts.get(group, 0) + 1
    groups = {group: count for group, count in counts.items() if count > 1}
    fold = chosen.fold if chosen.fold is not None else tuple(one for one, count in groups.items() if count > TOO_MANY)
    graph = folded(plain, fold)
    return Whole(graph=graph, layout=layout(graph), fold=fold, groups=groups)


def graph_at(asked: Asked, at: datetime, apart: Collection[str]) -> tuple[Evaluated, Graph]:
    """Return the farm as of an instant and its graph, nothing folded."""
    picture = asked.evaluated_at(at)
    times = latest(asked.connection, asked.farm, "retrieval-duration-ms", at)
    return picture, build(
        picture.farm,
        picture.evaluation,
        lambda server, context, key: times.get((server, context, key), 0.0),
        apart,
    )


def drawn(graph: Graph, frame: Whole, chosen: Chosen) -> Drawing:
    """Return what is drawn of a graph that is folded already, with what stood at other times unseen."""
    return drawing(graph, chosen.look(), frame.graph)


def picture(graph: Graph, frame: Whole, chosen: Chosen) -> Markup:
    """Return the map as of one instant."""
    made = svg.picture(drawn(graph, frame, chosen), frame.layout, chosen.look(), f"Topology of {graph.farm}")
    return Markup(made)  # noqa: S704 - by an XML writer, which escapes every name


def picture_of_difference(told: Difference, frame: Whole, chosen: Chosen) -> Markup:
    """Return the map of both instants with what differs marked."""
    look = chosen.look(changes=dict(told.changes))
    made = svg.picture(drawing(told.graph, look), frame.layout, look, f"What changed on {told.graph.farm}")
    return Markup(made)  # noqa: S704 - by an XML writer, which escapes every name
