"""From the farm view to the graph. Only what some fact shows becomes a node or an edge."""

from collections.abc import Collection, Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.topology.authorities import authority_edges, authority_nodes
from farmsight_collector.topology.fetching import Latency, fetch_edges, host_nodes, place
from farmsight_collector.topology.graph import Edge, Graph, Layer, Node, worst_state
from farmsight_collector.topology.signing_in import front_edges, front_nodes, proxy_edges, server_node, sync_edges

_TENANT = "tenant"  # the role of a server that stands for a tenant: the tenant's own node shows it
_OF_TENANT = ("entra-authority", "entra-domain")


def build(farm: Farm, evaluation: Evaluation, latency: Latency = lambda *_: 0.0, apart: Collection[str] = ()) -> Graph:
    """Return the graph of a farm with the state that its findings give it.

    What was seen and is not known any longer keeps its place, as stale or
    unknown. `apart` has the ids of hosts whose URLs are shown one by one.
    """
    nodes = [
        *front_nodes(farm, evaluation),
        *(server_node(server, evaluation) for server in farm.servers if server.role != _TENANT),
        *authority_nodes(farm, evaluation),
        *host_nodes(farm, apart),
        *_tenant(farm, evaluation),
    ]
    known = {node.id for node in nodes}
    edges = [
        *front_edges(farm),
        *proxy_edges(farm),
        *sync_edges(farm),
        *(edge for server in farm.servers for edge in fetch_edges(server, latency, apart)),
        *authority_edges(farm, apart),
        *_tenant_edges(farm, apart),
    ]
    kept = tuple(edge for edge in edges if edge.source in known and edge.target in known)
    return Graph(farm=farm.name, nodes=tuple(sorted(nodes, key=lambda n: (n.layer, n.id))), edges=kept)


def _tenant(farm: Farm, evaluation: Evaluation) -> Iterator[Node]:
    known = any(server.facts.get(kind) for server in farm.servers for kind in _OF_TENANT)
    if known or farm.of_role(_TENANT):
        findings = [finding for finding in evaluation.findings if finding.rule.code.startswith("entra.")]
        yield Node(
            id="tenant",
            kind="tenant",
            label="Microsoft Entra ID",
            layer=Layer.TENANT,
            state=worst_state(findings, known=any(_asked(farm, kind) for kind in _OF_TENANT)),
            findings=tuple(finding.id for finding in findings),
        )


def _asked(farm: Farm, kind: str) -> bool:
    return any(server.ask(kind).facts for server in farm.servers)


def _tenant_edges(farm: Farm, apart: Collection[str]) -> Iterator[Edge]:
    for adfs in farm.of_role("adfs"):
        yield Edge(source=f"server:{adfs.name}", target=_TENANT, kind="trusts", detail="no sign-in was watched")
    named: dict[str, set[str]] = {}
    for server in farm.servers:
        for held in server.facts.get("entra-authority", ()):
            for url in filter(None, (held.value.crl_url, held.value.delta_crl_url)):
                named.setdefault(place(url, apart), set()).add(url)
    for node, urls in sorted(named.items()):
        detail = f"{len(urls)} named; what the tenant gets is not seen from here"
        yield Edge(source=_TENANT, target=node, kind="fetches-crl", detail=detail)
