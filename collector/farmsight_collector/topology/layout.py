"""The map's layout: columns from the clients to the tenant, each a centred stack, lines bundled where they run alike.

The order within a column is Sugiyama's (igraph's, with the layers given). The
same graph has the same layout in whatever order it is listed. It is made of
all that stood in a span of time, so that nothing moves as time does.
"""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Final

from farmsight_collector.topology.graph import Edge, Graph, Node
from farmsight_collector.topology.order import HUB, Order, Vertex, ordered
from farmsight_collector.topology.places import (
    CLOSE,
    HEADINGS,
    LIGHT,
    ROOMY,
    ROOMY_UP_TO,
    Box,
    Layout,
    Route,
    Sizes,
    text_width,
)
from farmsight_collector.topology.routes import routes

MARGIN: Final = 18.0
HEADING: Final = 30.0
INDENT: Final = 16.0
NARROWEST, WIDEST = 122.0, 246.0
GLYPH: Final = 34.0  # the room of the sign beside a name, with its margins
NAME_SIZE: Final = 13.0
DETAIL_SIZE: Final = 11.0
DETAIL_ROOM: Final = 150.0  # what a detail may widen a column to
COUNT: Final = 28.0  # of findings, beside a name


def layout(graph: Graph) -> Layout:
    """Return where all of a graph stands."""
    order = ordered(graph)
    nodes = {node.id: node for node in graph.nodes}
    tallest = max((sum(not passing for passing, _ in stack) for stack in order.stacks), default=0)
    sizes = ROOMY if tallest <= ROOMY_UP_TO else CLOSE
    heights = [_height(stack, sizes) for stack in order.stacks]
    tall = max(heights, default=0.0)
    boxes: dict[str, Box] = {}
    lanes: dict[Vertex, Box] = {}
    headings: list[tuple[float, str]] = []
    x = MARGIN
    for column, stack, height in zip(order.columns, order.stacks, heights, strict=True):
        width = 0.0 if column == HUB else _width(stack, nodes, order.depths, sizes)
        top = MARGIN + HEADING + (tall - height) / 2
        _stack(stack, _Frame(x, top, width, sizes), order.depths, boxes, lanes)
        if column != HUB:
            headings.append((x, dict(HEADINGS)[column]))
        x += width + sizes.aisle
    return Layout(
        width=x - sizes.aisle + MARGIN if order.columns else 2 * MARGIN,
        height=tall + HEADING + 2 * MARGIN,
        sizes=sizes,
        boxes=boxes,
        routes=_routes(graph, order, boxes, lanes, sizes),
        headings=tuple(headings),
    )


def union(graphs: Iterable[Graph]) -> Graph:
    """Return all nodes and edges of some graphs, each as the last of them has it."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str, str, str | None], Edge] = {}
    farm = ""
    for graph in graphs:
        farm = graph.farm
        nodes |= {node.id: node for node in graph.nodes}
        edges |= {(edge.source, edge.target, edge.kind, edge.context): edge for edge in graph.edges}
    return Graph(
        farm=farm,
        nodes=tuple(sorted(nodes.values(), key=lambda one: (one.layer, one.id))),
        edges=tuple(edge for _, edge in sorted(edges.items(), key=lambda one: (*one[0][:3], one[0][3] or ""))),
    )


class _Frame:
    """Where one column begins, and how wide it is."""

    def __init__(self, x: float, top: float, width: float, sizes: Sizes) -> None:
        self.x, self.top, self.width, self.sizes = x, top, width, sizes


def _height(stack: tuple[Vertex, ...], sizes: Sizes) -> float:
    taken = sum(sizes.lane if passing else sizes.height + sizes.gap for passing, _ in stack)
    return taken - (0 if not stack or stack[-1][0] else sizes.gap)


def _width(stack: tuple[Vertex, ...], nodes: Mapping[str, Node], depths: Mapping[str, int], sizes: Sizes) -> float:
    """Return the width that shows all names of a column in full, within bounds."""
    widths = [
        depths.get(name, 0) * INDENT + GLYPH + max(text_width(nodes[name].label, NAME_SIZE), _told(nodes[name], sizes))
        for passing, name in stack
        if not passing
    ]
    room = 0.0 if sizes.labels else COUNT
    return max(NARROWEST, min(WIDEST, ceil(max(widths, default=0.0)) + 2 + room))


def _told(node: Node, sizes: Sizes) -> float:
    return (
        min(text_width(node.detail, DETAIL_SIZE) * LIGHT, DETAIL_ROOM)
        if sizes.labels and node.kind != "server"
        else 0.0
    )


def _stack(
    stack: tuple[Vertex, ...],
    frame: _Frame,
    depths: Mapping[str, int],
    boxes: dict[str, Box],
    lanes: dict[Vertex, Box],
) -> None:
    y = frame.top
    for vertex in stack:
        passing, name = vertex
        if passing:
            lanes[vertex] = Box(x=frame.x, y=y, width=frame.width, height=frame.sizes.lane)
            y += frame.sizes.lane
        else:
            indent = min(depths.get(name, 0) * INDENT, frame.width - NARROWEST / 2)
            boxes[name] = Box(
                x=frame.x + indent, y=y, width=frame.width - indent, height=frame.sizes.height, indent=indent
            )
            y += frame.sizes.height + frame.sizes.gap


def _routes(
    graph: Graph, order: Order, boxes: Mapping[str, Box], lanes: Mapping[Vertex, Box], sizes: Sizes
) -> Mapping[tuple[str, str, str], Route]:
    return routes(graph, order, {**lanes, **{("", name): box for name, box in boxes.items()}}, sizes)
