"""The map of the farm, as the evidence shows it."""

from typing import Final

from markupsafe import Markup

from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.topology import svg
from farmsight_collector.topology.build import build
from farmsight_collector.topology.draw import Look, drawing
from farmsight_collector.topology.fold import GROUPS, folded, group_of
from farmsight_collector.topology.layout import layout

TOO_MANY: Final = 60  # of one group that are folded into one node


def picture(analysis: Analysis) -> Markup:
    """Return the map as SVG; every node and line can be focused and says its state."""
    graph = build(analysis.picture.farm, analysis.picture.evaluation)
    counts = {group: sum(group_of(node) == group for node in graph.nodes) for group in GROUPS}
    shown = folded(graph, [group for group, count in counts.items() if count > TOO_MANY])
    look = Look()
    made = svg.picture(drawing(shown, look), layout(shown), look, f"Topology of {shown.farm}")
    return Markup(made)  # noqa: S704 - by an XML writer, which escapes every name
