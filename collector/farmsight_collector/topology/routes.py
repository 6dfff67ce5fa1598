"""The ways of lines: where they leave and meet nodes, and where a sign of their state has room."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from farmsight_collector.topology.graph import Graph
from farmsight_collector.topology.lines import Key, lines
from farmsight_collector.topology.order import Order, Vertex
from farmsight_collector.topology.places import Box, Point, Route, Sizes

MARK: Final = 14.0  # how much room a sign takes, both ways
_ALONG: Final = (13.0, 27.0, 41.0, 55.0, 69.0)  # from where the line begins: there it is alone
_PORTS: Final = 13.0  # between lines at one side of a node at most
_BOW: Final = (18.0, 46.0)  # how far lines within a column swing out, least and most

Side = tuple[Vertex, int]  # -1 left, 1 right


def routes(graph: Graph, order: Order, boxes: Mapping[Vertex, Box], sizes: Sizes) -> dict[Key, Route]:
    """Return the way of each line."""
    ports = _ports(order.ways.values(), boxes)
    found = {key: tuple(_points(way, boxes, ports)) for key, way in sorted(order.ways.items())}
    taken: dict[tuple[int, int], list[Point]] = {}
    made = {key: Route(points=points, mark=_mark(points, taken)) for key, points in found.items()}
    for line in lines(graph):
        if line.key not in made:
            made[line.key] = _within(line.key, boxes, sizes)
    return made


def _ports(ways: Iterable[tuple[Vertex, ...]], boxes: Mapping[Vertex, Box]) -> dict[tuple[Side, Vertex], float]:
    """Return how far from its middle each line meets a side of a node; lines from one vertex meet as one."""
    met: dict[Side, set[Vertex]] = {}
    for way in ways:
        for here, there in (*pairwise(way), *pairwise(way[::-1])):
            side = 1 if boxes[there].x > boxes[here].x else -1
            met.setdefault((here, side), set()).add(there)
    ports = {}
    for (here, side), others in met.items():
        box = boxes[here]
        spread = sorted(others, key=lambda one: (boxes[one].middle, one))
        step = min(_PORTS, (box.height - 8) / max(len(spread) - 1, 1)) if not here[0] else 0.0
        for index, there in enumerate(spread):
            ports[(here, side), there] = (index - (len(spread) - 1) / 2) * step
    return ports


def _points(
    way: tuple[Vertex, ...], boxes: Mapping[Vertex, Box], ports: Mapping[tuple[Side, Vertex], float]
) -> Iterator[Point]:
    """Yield both ends of each curve."""
    for here, there in pairwise(way):
        side = 1 if boxes[there].x > boxes[here].x else -1
        start, end = boxes[here], boxes[there]
        yield (start.right if side > 0 else start.x, start.middle + ports[(here, side), there])
        yield (end.x if side > 0 else end.right, end.middle + ports[(there, -side), here])


def _mark(points: tuple[Point, ...], taken: dict[tuple[int, int], list[Point]]) -> Point | None:
    """Return a free place at the beginning of the first curve, where lines are not bundled yet.

    `taken` has the places that are not free by squares as wide as a sign.
    """
    (x1, y1), (x2, y2) = points[:2]
    for along in _ALONG:
        x = x1 + along if x2 > x1 else x1 - along
        y = y1 + (y2 - y1) * _ease(along / abs(x2 - x1))
        column, row = int(x // MARK), int(y // MARK)
        near = (one for dx in (-1, 0, 1) for dy in (-1, 0, 1) for one in taken.get((column + dx, row + dy), ()))
        if all(abs(x - other) >= MARK or abs(y - height) >= MARK - 1 for other, height in near):
            taken.setdefault((column, row), []).append((x, y))
            return (x, y)
    return None


def _ease(part: float) -> float:
    """Return how much of its height a curve has gained after a part of its width; its handles lie halfway."""
    low, high = 0.0, 1.0
    for _ in range(20):
        t = (low + high) / 2
        if 1.5 * t - 1.5 * t * t + t * t * t < part:
            low = t
        else:
            high = t
    return 3 * low * low - 2 * low * low * low


def _within(key: Key, boxes: Mapping[Vertex, Box], sizes: Sizes) -> Route:
    """Return the way between two nodes of one column: a bow at its side, or a CA's place below its issuer."""
    source, target, family = key
    start, end = boxes["", source], boxes["", target]
    if family == "issued-by":
        x = end.x + 9
        return Route(points=((start.x, start.middle), (x, end.y + end.height if start.y > end.y else end.y)), bow=-1)
    apart = abs(start.middle - end.middle) / (sizes.height + sizes.gap)
    bow = min(_BOW[0] + 6 * apart, _BOW[1])
    shift = (sizes.height / 2 - 3) * (1 if start.y > end.y else -1)  # clear of what leaves at the middle
    points = ((start.right, start.middle - shift), (end.right, end.middle + shift))
    return Route(points=points, bow=bow, mark=(start.right + bow * 0.75, (points[0][1] + points[1][1]) / 2))
