"""Which node stands above which in each column, so that few lines cross."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

import igraph

from farmsight_collector.topology.graph import Graph, Layer
from farmsight_collector.topology.lines import Key, lines
from farmsight_collector.topology.places import ORDER, column_of

ROUNDS: Final = 200  # of the reduction of crossings at most
BUNDLED_FROM: Final = 24  # lines from proxies to AD FS nodes that are drawn through one point
APART_UP_TO: Final = 8  # lines of a family that are bundled by where they lead, and not all as one
HUB: Final = "hub"  # the column of that point, between the two

_NUMBERS: Final = re.compile(r"([0-9]{1,9})")

# A point that lines pass: ("", node id) or (what passes, column).
Vertex = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Order:
    """The columns that there are, and in each the vertices from top to bottom; the ways of lines through them."""

    columns: tuple[str, ...]
    stacks: tuple[tuple[Vertex, ...], ...]
    ways: Mapping[Key, tuple[Vertex, ...]]  # of lines between columns
    depths: Mapping[str, int]  # of CAs below their issuers


def ordered(graph: Graph) -> Order:
    """Return the order of a graph; the same for the same nodes and edges, however they are listed."""
    at = {node.id: column_of(node) for node in graph.nodes}
    drawn = [line.key for line in lines(graph)]
    hub = sum(_crosses_hub(at, key) for key in drawn) > BUNDLED_FROM
    names = {*at.values(), *((HUB,) if hub else ())}
    columns = tuple(sorted(names, key=_rank))
    place = {name: index for index, name in enumerate(columns)}
    many = {family for family, count in Counter(key[2] for key in drawn).items() if count > APART_UP_TO}
    ways = {key: _way(key, at, place, many) for key in drawn if at[key[0]] != at[key[1]]}
    vertices = {("", node): place[column] for node, column in at.items()}
    vertices |= {one: place[one[1]] for way in ways.values() for one in way[1:-1]}
    stacks = [_calm(stack, ways.values()) for stack in _sugiyama(vertices, ways.values(), len(columns))]
    depths: dict[str, int] = {}
    if Layer.AUTHORITY.name in place:
        index = place[Layer.AUTHORITY.name]
        issuers = {source: target for source, target, family in drawn if family == "issued-by"}
        stacks[index], depths = _as_tree(stacks[index], issuers)
    return Order(columns=columns, stacks=tuple(map(tuple, stacks)), ways=ways, depths=depths)


def _rank(column: str) -> float:
    return ORDER[Layer.PROXY.name] + 0.5 if column == HUB else ORDER[column]


def _crosses_hub(at: Mapping[str, str], key: Key) -> bool:
    return key[2] == "sign-in" and at[key[0]] == Layer.PROXY.name and at[key[1]] == Layer.ADFS.name


def _way(key: Key, at: Mapping[str, str], place: Mapping[str, int], many: Collection[str]) -> tuple[Vertex, ...]:
    """Return the vertices that a line passes: lines of a family share those in between."""
    source, target, family = key
    first, last = place[at[source]], place[at[target]]
    columns = sorted(place, key=place.__getitem__)
    step = 1 if last > first else -1
    shared = family if _crosses_hub(at, key) or family in many else f"{family} {target}"
    return (("", source), *((shared, columns[index]) for index in range(first + step, last, step)), ("", target))


def _sugiyama(vertices: Mapping[Vertex, int], ways: Iterable[tuple[Vertex, ...]], count: int) -> list[list[Vertex]]:
    names = sorted(vertices, key=lambda one: (vertices[one], one))
    number = {one: index for index, one in enumerate(names)}
    pairs = {(a, b) if vertices[a] < vertices[b] else (b, a) for way in ways for a, b in pairwise(way)}
    edges = sorted((number[a], number[b]) for a, b in pairs)
    drawing = igraph.Graph(n=len(names), edges=edges, directed=True)
    layout = drawing.layout_sugiyama(layers=[vertices[one] for one in names], maxiter=ROUNDS)
    stacks: list[list[tuple[float, int]]] = [[] for _ in range(count)]
    for one, index in number.items():
        stacks[vertices[one]].append((round(layout[index][0], 6), index))
    return [[names[index] for _, index in sorted(stack)] for stack in stacks]


def _calm(stack: Sequence[Vertex], ways: Iterable[tuple[Vertex, ...]]) -> list[Vertex]:
    """Return a stack with alike nodes by name, and with what passes the column above and below all of them.

    Both cost no crossing to speak of, and a reader finds a server where its number says.
    """
    joined: dict[Vertex, set[Vertex]] = {one: set() for one in stack}
    for way in ways:
        for here, there in (*pairwise(way), *pairwise(way[::-1])):
            if here in joined:
                joined[here].add(there)
    nodes = [one for one in stack if not one[0]]
    alike: dict[frozenset[Vertex], list[Vertex]] = {}
    for one in nodes:
        alike.setdefault(frozenset(joined[one]), []).append(one)
    told = [one for some in alike.values() for one in sorted(some, key=_by_number)]
    return _around(stack, told)


def _by_number(vertex: Vertex) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBERS.split(vertex[1]) if part]


def _around(stack: Sequence[Vertex], nodes: Sequence[Vertex]) -> list[Vertex]:
    places = [index for index, (passing, _) in enumerate(stack) if not passing]
    middle = median(places) if places else 0
    above = [one for index, one in enumerate(stack) if one[0] and index < middle]
    under = [one for index, one in enumerate(stack) if one[0] and index >= middle]
    return [*above, *nodes, *under]


def _as_tree(stack: Sequence[Vertex], issuers: Mapping[str, str]) -> tuple[list[Vertex], dict[str, int]]:
    """Return CAs with each below its issuer, and how far below the first of them."""
    nodes = [name for passing, name in stack if not passing]
    below: dict[str, list[str]] = {}
    for name in nodes:
        below.setdefault(issuers.get(name, ""), []).append(name)
    told: list[str] = []
    depths: dict[str, int] = {}

    def descend(name: str, depth: int) -> None:
        if name not in depths:
            depths[name] = depth
            told.append(name)
            for one in below.get(name, ()):
                descend(one, depth + 1)

    for name in nodes:
        if issuers.get(name) not in nodes:
            descend(name, 0)
    for name in nodes:  # those that issued each other in a circle
        descend(name, 0)
    return _around(stack, [("", name) for name in told]), depths
