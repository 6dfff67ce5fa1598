"""What the map says: for each node and line its state, its words, and what a screen reader hears."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from farmsight_collector.model.words import plain
from farmsight_collector.topology.graph import Edge, Graph, Node
from farmsight_collector.topology.lines import FETCHED, VERBS, Key, Line, lines

ROLES: Final[Mapping[str, str]] = {
    "adfs": "AD FS node",
    "wap": "Web Application Proxy",
    "proxy": "reverse proxy",
    "vantage": "vantage point",
}
_SHORT: Final[Mapping[str, str]] = {"adfs": "AD FS node", "wap": "WAP", "proxy": "proxy", "vantage": "looks from here"}
KINDS: Final[Mapping[str, str]] = {
    "client": "clients",
    "vip": "name or address that clients or proxies connect to",
    "server": "server",
    "ca": "certificate authority",
    "host": "host of CRLs, CA certificates or OCSP",
    "url": "URL",
    "tenant": "tenant",
    "group": "group",
}
CHANGES: Final[Mapping[str, str]] = {"added": "+", "gone": "\N{MINUS SIGN}", "changed": "≠"}  # word, sign
WITHOUT_STATE: Final = frozenset({"client"})  # nothing says of users themselves how they are
ABSENT: Final = "absent"  # the class of what is not there at an instant
_RELATIONS: Final = frozenset({"issued-by", "publishes"})  # what is so, and is neither well nor ill


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the map is looked at: what is left out, what stands out, and where a click leads."""

    hidden: frozenset[str] = frozenset()  # kinds of nodes and families of lines
    states: frozenset[str] = frozenset()  # that are left out
    contexts: tuple[str, ...] = ()  # the only ones that are shown; none: all
    find: str = ""
    picked: str = ""  # a mark
    changes: Mapping[str, str] = field(default_factory=dict)  # mark -> added, gone, changed; others are the same
    address: Callable[[str], str] | None = None  # mark -> where a click leads


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One node or line, or a strand of a line, as it looks at an instant."""

    mark: str  # its id in the page
    classes: tuple[str, ...]
    name: str  # for a screen reader, and shown beside the pointer
    state: str
    words: str = ""  # on a node below its name


@dataclass(frozen=True, kw_only=True)
class DrawnNode(Drawn):
    """A node."""

    node: Node
    count: int = 0  # of findings


@dataclass(frozen=True, kw_only=True)
class DrawnLine(Drawn):
    """A line with its strands."""

    line: Line
    strands: tuple[Drawn, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """All that is shown of a graph."""

    nodes: tuple[DrawnNode, ...]
    lines: tuple[DrawnLine, ...]


def node_mark(node_id: str) -> str:
    """Return the id of a node in a page: names are anybody's text, and ids are not."""
    return "n-" + hashlib.sha256(node_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def line_mark(key: Key) -> str:
    """Return the id of a line in a page."""
    return "l-" + hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def drawing(graph: Graph, look: Look | None = None, whole: Graph | None = None) -> Drawing:
    """Return what is shown of a graph.

    With `whole`, what stands at other times only is there, too, and is not
    seen: a page that goes through time changes classes and words alone.
    """
    look = look or Look()
    seen = _drawing(graph, look)
    if whole is None:
        return seen
    others = _drawing(whole, replace(look, states=frozenset(), find="", changes={}))
    nodes, lines_now = {one.mark: one for one in seen.nodes}, {one.mark: one for one in seen.lines}
    return Drawing(
        nodes=tuple(nodes.get(one.mark) or replace(one, classes=(*one.classes, ABSENT)) for one in others.nodes),
        lines=tuple(_with_all_strands(lines_now.get(one.mark), one) for one in others.lines),
    )


def _with_all_strands(now: DrawnLine | None, whole: DrawnLine) -> DrawnLine:
    there = {one.mark: one for one in now.strands} if now else {}
    strands = tuple(there.get(one.mark) or replace(one, classes=("strand", ABSENT)) for one in whole.strands)
    return replace(now, strands=strands) if now else replace(whole, classes=(*whole.classes, ABSENT), strands=strands)


def _drawing(graph: Graph, look: Look) -> Drawing:
    nodes = {node.id: node for node in graph.nodes}
    kept = [line for line in lines(graph, look.contexts) if _shown(line, look, nodes)]
    found = {node.id for node in graph.nodes if _found(node, look)}
    joined = {end for line in kept for end in line.key[:2]}
    seen = tuple(
        _node(node, look, found)
        for node in graph.nodes
        if node.kind not in look.hidden
        and node.role not in look.hidden
        and (node.state not in look.states or node.id in joined or node.kind in WITHOUT_STATE)
    )
    names = {one.node.id for one in seen}
    return Drawing(
        nodes=seen,
        lines=tuple(_line(line, look, nodes, found) for line in kept if line.source in names and line.target in names),
    )


def _shown(line: Line, look: Look, nodes: Mapping[str, Node]) -> bool:
    if line.family in look.hidden or line.source not in nodes or line.target not in nodes:
        return False
    return not look.states or (line.state not in look.states and line.family not in _RELATIONS)


def _found(node: Node, look: Look) -> bool:
    wanted = look.find.casefold()
    return bool(wanted) and any(wanted in text.casefold() for text in (node.label, node.id, node.role, node.detail))


def _node(node: Node, look: Look, found: set[str]) -> DrawnNode:
    mark = node_mark(node.id)
    state = "none" if node.kind in WITHOUT_STATE else node.state
    count = len(node.findings)
    findings = f"{count} finding{'' if count == 1 else 's'}" if count else ""
    change = look.changes.get(mark, "")
    role = ROLES.get(node.role) or KINDS.get(node.kind, node.kind)
    said = [f"{plain(node.label)}, {role}: {'' if state == 'none' else _word(state)}", findings, plain(node.detail)]
    return DrawnNode(
        mark=mark,
        classes=tuple(_classes("node", node.kind, state, mark, look, node.id in found)),
        name=", ".join(filter(None, (change, *said))),
        state=state,
        words=" · ".join(filter(None, (change, findings, plain(node.detail)))) or _short(node, state),
        node=node,
        count=count,
    )


def _short(node: Node, state: str) -> str:
    if node.kind == "server":
        return _SHORT.get(node.role, node.role)
    return "" if state == "none" else {"ok": "nothing found", "unknown": "not known"}.get(state, state)


def _word(state: str) -> str:
    return {"ok": "no fault found", "unknown": "not known", "info": "no fault found"}.get(state, state)


def _line(line: Line, look: Look, nodes: Mapping[str, Node], found: set[str]) -> DrawnLine:
    mark = line_mark(line.key)
    state = "none" if line.family in _RELATIONS else line.state
    both = {line.source, line.target}
    source, target = (plain(nodes[end].label) for end in line.key[:2])
    change = look.changes.get(mark, "")
    said = "; ".join(_said(edge, line) for edge in line.edges)
    strands = tuple(
        Drawn(
            mark=f"{mark}-{strand.context or 'x'}",
            classes=("strand", f"s-{state if state == 'none' else strand.state}"),
            name="",
            state=strand.state,
        )
        for strand in line.strands
    )
    return DrawnLine(
        mark=mark,
        classes=tuple(_classes("line", line.family, state, mark, look, bool(both & found))),
        name=", ".join(filter(None, (change, f"{source} {VERBS[line.edges[0].kind]} {target}: {said}"))),
        state=state,
        line=line,
        strands=strands,
    )


def _said(edge: Edge, line: Line) -> str:
    """Return one edge of a line in words: what beside the first is asked, by whom, and how it went."""
    state = "" if line.family in _RELATIONS else _word(edge.state)
    what = "" if edge is line.edges[0] else FETCHED.get(edge.kind, VERBS[edge.kind])
    who = f"as {edge.context}" if edge.context else ""
    ms = f"{edge.latency_ms:.0f} ms" if edge.latency_ms else ""
    return " ".join(filter(None, (what, who, ", ".join(filter(None, (state, plain(edge.detail), ms))))))


def _classes(what: str, kind: str, state: str, mark: str, look: Look, found: bool) -> Iterator[str]:
    yield what
    yield f"k-{kind}"
    yield f"s-{state}"
    if mark in look.changes:
        yield f"d-{look.changes[mark]}"
    elif look.changes:
        yield "d-same"
    if look.find:
        yield "found" if found else "dim"
    if mark == look.picked:
        yield "picked"


def by_mark(graph: Graph) -> dict[str, Node | Line]:
    """Return every node and line of a graph by its mark."""
    found: dict[str, Node | Line] = {node_mark(node.id): node for node in graph.nodes}
    found.update((line_mark(line.key), line) for line in lines(graph))
    return found
