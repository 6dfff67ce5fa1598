"""The difference of the map as of two instants: what came, what went, and what is otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from farmsight_collector.topology.draw import KINDS, ROLES, line_mark, node_mark
from farmsight_collector.topology.graph import STATES, Graph, Node
from farmsight_collector.topology.layout import union
from farmsight_collector.topology.lines import FETCHED, VERBS, Key, Line, lines


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One node or line that is not as it was; `change` is added, gone or changed."""

    mark: str
    change: str
    what: str
    name: str
    then: str  # in words; empty where there was nothing
    now: str
    state_then: str
    state_now: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All that is different, worst first, and the graph that shows both: what is gone as it was."""

    graph: Graph
    changed: tuple[Changed, ...]

    @property
    def changes(self) -> Mapping[str, str]:
        """Return the changes by mark."""
        return {one.mark: one.change for one in self.changed}


def difference(before: Graph, after: Graph) -> Difference:
    """Return what is different between two instants; how long something took is no difference."""
    found = (*_nodes(before, after), *_lines(before, after))
    return Difference(graph=union((before, after)), changed=tuple(sorted(found, key=_order)))


def _order(one: Changed) -> tuple[int, str, str]:
    worst = min(STATES.index(state) for state in (one.state_then, one.state_now) if state in STATES)
    return worst, one.what, one.name


def _nodes(before: Graph, after: Graph) -> Iterator[Changed]:
    then, now = ({node.id: node for node in graph.nodes} for graph in (before, after))
    for name in sorted(then.keys() | now.keys()):
        old, new = then.get(name), now.get(name)
        if _same(old, new):
            continue
        one = new or old
        assert one is not None
        yield Changed(
            mark=node_mark(name),
            change=_change(old, new),
            what=ROLES.get(one.role) or KINDS.get(one.kind, one.kind),
            name=one.label,
            then=_of_node(old),
            now=_of_node(new),
            state_then=old.state if old else "",
            state_now=new.state if new else "",
        )


def _same(old: Node | None, new: Node | None) -> bool:
    return old is not None and new is not None and _seen(old) == _seen(new)


def _seen(node: Node) -> tuple[object, ...]:
    return node.state, node.label, node.role, node.detail, frozenset(node.findings), node.members


def _of_node(node: Node | None) -> str:
    if node is None:
        return ""
    count = len(node.findings)
    return ", ".join(
        filter(None, (node.state, f"{count} finding{'' if count == 1 else 's'}" if count else "", node.detail))
    )


def _lines(before: Graph, after: Graph) -> Iterator[Changed]:
    then, now = ({line.key: line for line in lines(graph)} for graph in (before, after))
    names = {node.id: node.label for graph in (before, after) for node in graph.nodes}
    for key in sorted(then.keys() | now.keys()):
        old, new = then.get(key), now.get(key)
        if old is not None and new is not None and _of_line(old) == _of_line(new):
            continue
        one = new or old
        assert one is not None
        yield Changed(
            mark=line_mark(key),
            change=_change(old, new),
            what=VERBS[one.edges[0].kind],
            name=_name(key, names, VERBS[one.edges[0].kind]),
            then=_otherwise(old, new),
            now=_otherwise(new, old),
            state_then=old.state if old else "",
            state_now=new.state if new else "",
        )


def _name(key: Key, names: Mapping[str, str], verb: str) -> str:
    return f"{names.get(key[0], key[0])} {verb} {names.get(key[1], key[1])}"


def _of_line(line: Line) -> dict[tuple[str, str], str]:
    return {(edge.kind, edge.context or ""): ", ".join(filter(None, (edge.state, edge.detail))) for edge in line.edges}


def _otherwise(line: Line | None, other: Line | None) -> str:
    """Return in words those edges of a line that the other does not have just so."""
    if line is None:
        return ""
    there = _of_line(other) if other else {}
    told = [
        ": ".join(filter(None, (" ".join(filter(None, (FETCHED.get(kind), context and f"as {context}"))), said)))
        for (kind, context), said in _of_line(line).items()
        if there.get((kind, context)) != said
    ]
    return "; ".join(told)


def _change(old: object | None, new: object | None) -> str:
    return "added" if old is None else "gone" if new is None else "changed"
