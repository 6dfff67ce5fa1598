"""Many nodes as one: all servers of a role, or all CAs, folded into a node that tells how many stand behind it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from farmsight_collector.topology.graph import STATES, Edge, Graph, Node, worst

GROUPS: Final[Mapping[str, str]] = {
    "vantage": "vantage points",
    "wap": "WAPs",
    "proxy": "proxies",
    "adfs": "AD FS nodes",
    "ca": "CAs",
    "host": "hosts",
}


def group_of(node: Node) -> str:
    """Return the group that a node can be folded into; nothing where it can be folded into none."""
    word = node.role or node.kind
    return word if word in GROUPS else ""


def folded(graph: Graph, groups: Collection[str]) -> Graph:
    """Return the graph with the nodes of these groups as one node each; a group of one stays as it is."""
    members: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if (group := group_of(node)) in groups:
            members.setdefault(group, []).append(node)
    made = {group: _node(group, found) for group, found in members.items() if len(found) > 1}
    if not made:
        return graph
    into = {node.id: made[group].id for group, found in members.items() if group in made for node in found}
    nodes = [*(node for node in graph.nodes if node.id not in into), *made.values()]
    return Graph(
        farm=graph.farm,
        nodes=tuple(sorted(nodes, key=lambda one: (one.layer, one.id))),
        edges=_edges(graph.edges, into),
    )


def counted(states: Iterable[str]) -> str:
    """Return how many there are of each state, those that ask for attention first: "2 error, 38 ok"."""
    counts = Counter(states)
    return ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])


def _node(group: str, found: list[Node]) -> Node:
    return Node(
        id=f"group:{group}",
        kind="group",
        label=f"{len(found)} {GROUPS[group]}",
        layer=found[0].layer,
        role=group,
        state=worst(node.state for node in found),
        findings=tuple(dict.fromkeys(one for node in found for one in node.findings)),
        detail=counted(node.state for node in found),
        members=tuple(sorted(node.id for node in found)),
    )


def _edges(edges: Iterable[Edge], into: Mapping[str, str]) -> tuple[Edge, ...]:
    merged: dict[tuple[str, str, str, str | None], list[Edge]] = {}
    for edge in edges:
        source, target = into.get(edge.source, edge.source), into.get(edge.target, edge.target)
        if source != target:
            merged.setdefault((source, target, edge.kind, edge.context), []).append(edge)
    return tuple(_joined(source, target, found) for (source, target, _, _), found in merged.items())


def _joined(source: str, target: str, found: list[Edge]) -> Edge:
    first = found[0]
    if len(found) == 1:
        return replace(first, source=source, target=target)
    return replace(
        first,
        source=source,
        target=target,
        state=worst(edge.state for edge in found),
        detail=counted(edge.state for edge in found),
        latency_ms=max(edge.latency_ms for edge in found),
    )
