"""One node or line of the map: its facts, its findings, and how each account fares with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_collector.errors import NotFoundError
from farmsight_collector.model.view import Held
from farmsight_collector.model.words import describe
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.rules.engine import Finding
from farmsight_collector.topology.draw import KINDS, ROLES, by_mark, node_mark
from farmsight_collector.topology.fetching import place
from farmsight_collector.topology.fold import folded
from farmsight_collector.topology.graph import STATES, Edge, Graph, Node
from farmsight_collector.topology.lines import FAMILY_WORDS, VERBS, Line
from farmsight_collector.web.page import Asked, Part
from farmsight_collector.web.pages.topology_chosen import chosen
from farmsight_collector.web.pages.topology_map import graph_at, whole

FACTS: Final = 24  # of one node that are told here; its own page has all
EDGES: Final = 60
_FETCHING: Final = frozenset({"fetches-crl", "fetches-delta", "fetches-aia", "asks-ocsp"})
_OF_SERVER: Final = (
    "host",
    "agent",
    "service",
    "clock",
    "tls-binding",
    "wap-configuration",
    "adfs-sync",
    "tls-endpoint",
)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One edge of what is opened, with what stands at its other end."""

    towards: bool  # away from what is opened
    verb: str
    other: str
    mark: str
    edge: Edge


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What the panel shows."""

    title: str
    what: str
    state: str
    detail: str
    server: str  # the name of the server that it is, where it is one
    find: str  # what finds it among the retrievals
    facts: Sequence[tuple[str, str]]
    findings: Sequence[Finding]
    fetches: Sequence[Way]
    ways: Sequence[Way]
    members: Sequence[tuple[str, Node]]
    more: int  # ways that are not told


def values(asked: Asked) -> Mapping[str, object]:
    """Return what `open` names, as of the instant; raises NotFoundError."""
    wanted = chosen(asked)
    evaluated, graph = graph_at(asked, asked.at, wanted.apart)
    frame = whole(asked, wanted, graph)
    return {"one": opened(evaluated, folded(graph, frame.fold), wanted.open), "chosen": wanted}


def opened(evaluated: Evaluated, graph: Graph, mark: str) -> Opened:
    """Return one node or line; raises NotFoundError where the map has none of this name at the instant."""
    found = by_mark(graph).get(mark)
    if found is None:
        raise NotFoundError("it is not on the map at this instant: it came later, or went before")
    names = {node.id: node for node in graph.nodes}
    return _node(evaluated, graph, found, names) if isinstance(found, Node) else _line(found, names)


def _node(evaluated: Evaluated, graph: Graph, node: Node, names: Mapping[str, Node]) -> Opened:
    edges = [edge for edge in graph.edges if node.id in (edge.source, edge.target)]
    ways = sorted((_way(edge, node.id, names) for edge in edges), key=_order)
    wanted = set(node.findings)
    members = [
        names.get(one) or Node(id=one, kind="", label=one.partition(":")[2], layer=node.layer) for one in node.members
    ]
    fetches = [way for way in ways if way.edge.kind in _FETCHING]
    others = [way for way in ways if way.edge.kind not in _FETCHING]
    return Opened(
        title=node.label,
        what=ROLES.get(node.role) or KINDS.get(node.kind, node.kind),
        state=node.state if node.kind != "client" else "none",
        detail=node.detail,
        server=node.label if node.kind == "server" else "",
        find=node.id.partition(":")[2] if node.kind in ("host", "url") else "",
        facts=list(_facts(evaluated, node))[:FACTS],
        findings=[one for one in evaluated.evaluation.findings if one.id in wanted],
        fetches=fetches[:EDGES],
        ways=others[:EDGES],
        members=[(node_mark(one.id), one) for one in members[: 2 * EDGES]],
        more=max(0, len(fetches) - EDGES) + max(0, len(others) - EDGES),
    )


def _way(edge: Edge, here: str, names: Mapping[str, Node]) -> Way:
    other = edge.target if edge.source == here else edge.source
    return Way(
        towards=edge.source == here, verb=VERBS[edge.kind], other=names[other].label, mark=node_mark(other), edge=edge
    )


def _order(way: Way) -> tuple[int, str, str, str]:
    return STATES.index(way.edge.state), way.edge.kind, way.other, way.edge.context or ""


def _line(line: Line, names: Mapping[str, Node]) -> Opened:
    source, target = names[line.source], names[line.target]
    ways = sorted((_way(edge, line.source, names) for edge in line.edges), key=_order)
    return Opened(
        title=f"{source.label} → {target.label}",
        what=FAMILY_WORDS[line.family],
        state="none" if line.family in ("issued-by", "publishes") else line.state,
        detail="",
        server=source.label if source.kind == "server" else "",
        find=target.id.partition(":")[2] if line.family == "fetches" else "",
        facts=(),
        findings=(),
        fetches=[way for way in ways if way.edge.kind in _FETCHING],
        ways=[way for way in ways if way.edge.kind not in _FETCHING],
        members=[(node_mark(one.id), one) for one in (source, target)],
        more=0,
    )


def _facts(evaluated: Evaluated, node: Node) -> Iterable[tuple[str, str]]:
    """Yield what is known of a node itself, as a name and words."""
    farm, name = evaluated.farm, node.id.partition(":")[2]
    if node.kind == "server":
        server = next((one for one in farm.servers if one.name == name), None)
        if server is not None:
            for kind in _OF_SERVER:
                yield from ((f"{kind} {held.key}", describe(held.fact)) for held in server.facts.get(kind, ()))
    elif node.kind == "ca":
        yield from _of_authority(evaluated, name)
    elif node.kind in ("host", "url"):
        urls = {held.value.url for held in _held(evaluated, "retrieval") if place(held.value.url) == node.id}
        urls |= {name} if node.kind == "url" else set()
        yield from (("URL", url) for url in sorted(urls))
    elif node.kind == "tenant":
        yield from ((f"domain {held.key}", describe(held.fact)) for held in _held(evaluated, "entra-domain"))
        yield from (("trusts", describe(held.fact)) for held in _held(evaluated, "entra-authority"))


def _of_authority(evaluated: Evaluated, sha1: str) -> Iterable[tuple[str, str]]:
    here: dict[str, list[str]] = {}
    summary = None
    for held in _held(evaluated, "store-certificate"):
        if held.value.certificate.sha1 == sha1:
            summary = held.value.certificate
            here.setdefault(held.value.store, []).append(held.server)
    for held in _held(evaluated, "entra-authority"):
        if held.value.certificate.sha1 == sha1:
            summary = summary or held.value.certificate
            here.setdefault("tenant", []).append("the tenant's list")
    if summary is None:
        return
    yield "subject", summary.subject
    yield "issuer", summary.issuer
    yield "thumbprint", sha1
    if summary.not_after.seconds:
        yield "valid until", f"{summary.not_after.ToDatetime():%Y-%m-%d %H:%MZ}"
    yield from ((f"in {store}", ", ".join(sorted(set(servers)))) for store, servers in sorted(here.items()))


def _held(evaluated: Evaluated, kind: str) -> Iterable[Held]:
    for server in evaluated.farm.servers:
        yield from server.facts.get(kind, ())


PART = Part(name="topology-one", path="/farms/{farm}/topology/one", template="topology_one.html.j2", values=values)
