"""The map of the farm: a graph among the values, drawn when the page is made."""

from typing import Final

from markupsafe import Markup

from farmsight_collector.report.source import Source
from farmsight_collector.topology import svg
from farmsight_collector.topology.build import build
from farmsight_collector.topology.draw import Look, drawing
from farmsight_collector.topology.fold import GROUPS, folded, group_of
from farmsight_collector.topology.graph import Graph
from farmsight_collector.topology.layout import layout

TOO_MANY: Final = 60  # of one group that are folded into one node


def graph(source: Source) -> Graph:
    """Return the farm as a graph; very many of a kind are one node."""
    times = source.latencies or {}
    made = build(source.picture.farm, source.picture.evaluation, lambda *place: times.get(place, 0.0))
    counts = {group: sum(group_of(node) == group for node in made.nodes) for group in GROUPS}
    return folded(made, [group for group, count in counts.items() if count > TOO_MANY])


def picture(shown: Graph) -> Markup:
    """Return the map as SVG; every node and line can be focused and says its state."""
    look = Look()
    made = svg.picture(drawing(shown, look), layout(shown), look, f"Topology of {shown.farm}")
    return Markup(made)  # noqa: S704 - by an XML writer, which escapes every name
