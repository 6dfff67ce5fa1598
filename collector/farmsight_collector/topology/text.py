"""The graph as a tree of text, along the way of a sign-in."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from farmsight_collector.model.words import plain
from farmsight_collector.topology.graph import Edge, Graph, Layer, Node

_FETCHES = ("fetches-crl", "fetches-delta", "fetches-aia", "asks-ocsp")
_FETCH_WORDS = {"fetches-crl": "CRL", "fetches-delta": "delta", "fetches-aia": "AIA", "asks-ocsp": "OCSP"}

Paint = Callable[[str, str], str]  # text, state -> text for the terminal


@dataclass
class Branch:
    """One line of the tree and what hangs below it."""

    text: str
    children: list["Branch"] = field(default_factory=list)


def tree(graph: Graph, paint: Paint = lambda text, _state: text) -> str:
    """Return the farm as lines of text; `paint` may colour by state."""
    nodes = {node.id: node for node in graph.nodes}
    root = Branch("clients")
    for first in graph.out_of("clients"):
        root.children.append(_front(graph, nodes, nodes[first.target], paint))
    roots = [
        root,
        _adfs(graph, nodes, paint),
        _authorities(graph, nodes, paint),
        _outside(graph, nodes, paint),
    ]
    return "\n".join(line for branch in roots if branch is not None for line in _lines(branch)) + "\n"


def _label(node: Node, paint: Paint) -> str:
    mark = {"ok": "ok", "info": "ok", "unknown": "not known"}.get(node.state, node.state)
    role = f" ({node.role})" if node.role else ""
    return f"{plain(node.label)}{role}  {paint(mark, node.state)}"


def _front(graph: Graph, nodes: dict[str, Node], vip: Node, paint: Paint) -> Branch:
    branch = Branch(plain(vip.label))
    for edge in graph.out_of(vip.id, "signs-in"):
        node = nodes[edge.target]
        child = Branch(f"{_label(node, paint)}   [{paint(edge.detail or edge.state, edge.state)}]")
        if node.layer is not Layer.ADFS:
            child.children.extend(_server_details(graph, nodes, node, paint))
            branch.children.append(child)
        else:
            branch.children.append(child)
    return branch


def _server_details(graph: Graph, nodes: dict[str, Node], server: Node, paint: Paint) -> Iterator[Branch]:
    proxied = graph.out_of(server.id, "proxies")
    if proxied:
        names = ", ".join(paint(nodes[edge.target].label, edge.state) for edge in proxied)
        yield Branch(f"AD FS: {names}")
    by_host: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.out_of(server.id, *_FETCHES):
        by_host[edge.target].append(edge)
    for host, edges in sorted(by_host.items()):
        yield Branch(f"{plain(nodes[host].label)}: {_fetches(edges, paint)}")


def _fetches(edges: list[Edge], paint: Paint) -> str:
    by_context: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        by_context[edge.context or "-"].append(edge)
    said = []
    for context, some in sorted(by_context.items()):
        words = ", ".join(paint(f"{_FETCH_WORDS[e.kind]} {e.detail}", e.state) for e in some)
        slowest = max(edge.latency_ms for edge in some)
        said.append(f"{context} {words}" + (f", {slowest:.0f} ms" if slowest else ""))
    return " | ".join(said)


def _adfs(graph: Graph, nodes: dict[str, Node], paint: Paint) -> Branch | None:
    servers = [node for node in graph.nodes if node.layer is Layer.ADFS]
    if not servers:
        return None
    branch = Branch("AD FS")
    for node in servers:
        child = Branch(_label(node, paint))
        for edge in graph.out_of(node.id, "syncs"):
            child.children.append(Branch(f"syncs from {paint(nodes[edge.target].label, edge.state)}"))
        child.children.extend(_server_details(graph, nodes, node, paint))
        branch.children.append(child)
    return branch


def _authorities(graph: Graph, nodes: dict[str, Node], paint: Paint) -> Branch | None:
    below: dict[str, list[str]] = defaultdict(list)
    issued = {edge.source: edge.target for edge in graph.edges if edge.kind == "issued-by"}
    for child, parent in issued.items():
        below[parent].append(child)
    tops = [node.id for node in graph.nodes if node.layer is Layer.AUTHORITY and node.id not in issued]
    if not tops:
        return None

    def branch_of(node_id: str, seen: frozenset[str]) -> Branch:
        hosts = ", ".join(plain(nodes[e.target].label) for e in graph.out_of(node_id, "publishes-at"))
        branch = Branch(_label(nodes[node_id], paint) + (f"   publishes at {hosts}" if hosts else ""))
        branch.children = [branch_of(c, seen | {c}) for c in sorted(below[node_id]) if c not in seen]
        return branch

    return Branch("certificate authorities", [branch_of(top, frozenset({top})) for top in tops])


def _outside(graph: Graph, nodes: dict[str, Node], paint: Paint) -> Branch | None:
    tenant = nodes.get("tenant")
    if tenant is None:
        return None
    hosts = sorted({plain(nodes[edge.target].label) for edge in graph.out_of("tenant", "fetches-crl")})
    return Branch(_label(tenant, paint), [Branch(f"fetches CRLs from {host}") for host in hosts])


def _lines(branch: Branch, lead: str = "", own: str = "") -> Iterator[str]:
    yield own + branch.text
    for index, child in enumerate(branch.children):
        last = index == len(branch.children) - 1
        yield from _lines(child, lead + ("   " if last else "│  "), lead + ("└─ " if last else "├─ "))
