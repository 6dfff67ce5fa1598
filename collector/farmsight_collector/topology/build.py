"""From the farm view to the graph. Only what some fact shows becomes a node or an edge."""

from collections.abc import Callable, Iterator

from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.pki.outcomes import NOT_TRIED
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.topology.authorities import authority_edges, authority_nodes
from farmsight_collector.topology.graph import Edge, Graph, Layer, Node, findings_on, worst_state
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

Latency = Callable[[str, str | None, str], float]  # server, context, retrieval key -> milliseconds, 0 = not measured

_FETCH_KIND = {"crl": "fetches-crl", "delta": "fetches-delta", "aia": "fetches-aia", "ocsp": "asks-ocsp"}
_TENANT = "tenant"  # the role of a server that stands for a tenant: the tenant's own node shows it
_CERTIFICATE_PATH = "/adfs/services/trust/2005/certificatetransport"


def build(farm: Farm, evaluation: Evaluation, latency: Latency = lambda *_: 0.0) -> Graph:
    """Return the graph of a farm with the state that its findings give it."""
    nodes = [
        *_front(farm),
        *(_server_node(server, evaluation) for server in farm.servers if server.role != _TENANT),
        *authority_nodes(farm, evaluation),
        *_hosts(farm),
        *_tenant(farm, evaluation),
    ]
    known = {node.id for node in nodes}
    edges = [
        *_sign_in_edges(farm),
        *_proxy_edges(farm),
        *_sync_edges(farm),
        *(edge for server in farm.servers for edge in _fetch_edges(server, latency)),
        *authority_edges(farm),
        *_tenant_edges(farm),
    ]
    kept = tuple(edge for edge in edges if edge.source in known and edge.target in known)
    return Graph(farm=farm.name, nodes=tuple(sorted(nodes, key=lambda n: (n.layer, n.id))), edges=kept)


def _front(farm: Farm) -> Iterator[Node]:
    yield Node(id="clients", kind="client", label="clients", layer=Layer.CLIENT)
    yield Node(id=f"vip:{farm.name}", kind="vip", label=farm.name, layer=Layer.VIP)


def _server_node(server: Server, evaluation: Evaluation) -> Node:
    findings = findings_on(evaluation, server.name)
    fresh = any(not row.stale and row.outcome == "observed" for row in server.coverage)
    return Node(
        id=f"server:{server.name}",
        kind="server",
        label=server.name,
        role=server.role,
        layer=Layer.ADFS if server.role == "adfs" else Layer.PROXY,
        state=worst_state(findings, known=fresh),
        findings=tuple(finding.id for finding in findings),
    )


def _facts(server: Server, kind: str, context: str | None = None) -> tuple[Held, ...]:
    return server.ask(kind, context=context).facts


def _sign_in_edges(farm: Farm) -> Iterator[Edge]:
    vip = f"vip:{farm.name}"
    yield Edge(source="clients", target=vip, kind="signs-in", state="unknown", detail="not seen from outside")
    front = farm.of_role("wap", "proxy") or farm.of_role("adfs")
    for server in front:
        state, detail = _endpoint_state(server)
        yield Edge(source=vip, target=f"server:{server.name}", kind="signs-in", state=state, detail=detail)


def _endpoint_state(server: Server) -> tuple[str, str]:
    """Return the state of the certificate endpoint at this server's own address."""
    answer = server.ask("tls-endpoint")
    if answer.knowledge is not Knowledge.KNOWN:
        return "unknown", answer.reason
    own = {address for held in _facts(server, "host") for address in held.value.addresses}
    here = [
        held.value
        for held in answer.facts
        if held.value.path == _CERTIFICATE_PATH and held.value.address.partition(":")[0] in own
    ]
    if not here:
        return "unknown", "the certificate endpoint was not tried at its own address"
    good = any(one.waits_as_it_should or one.http == facts_pb2.HTTP_OUTCOME_ANSWERED for one in here)
    return ("ok", "certificate endpoint answers") if good else ("error", "certificate endpoint does not answer")


def _proxy_edges(farm: Farm) -> Iterator[Edge]:
    addresses = {
        address: adfs.name
        for adfs in farm.of_role("adfs")
        for held in _facts(adfs, "host")
        for address in held.value.addresses
    }
    for wap in farm.of_role("wap", "proxy"):
        reached: dict[str, bool] = {}
        for held in _facts(wap, "tls-endpoint"):
            node = addresses.get(held.value.address.partition(":")[0])
            if node is not None and not held.value.plain_http:
                connected = held.value.tcp == facts_pb2.TCP_OUTCOME_CONNECTED
                reached[node] = reached.get(node, False) or connected
        for adfs in farm.of_role("adfs"):
            state = {True: "ok", False: "error", None: "unknown"}[reached.get(adfs.name)]
            yield Edge(source=f"server:{wap.name}", target=f"server:{adfs.name}", kind="proxies", state=state)


def _sync_edges(farm: Farm) -> Iterator[Edge]:
    by_short_name = {server.name.lower(): server.name for server in farm.servers}
    for server in farm.of_role("adfs"):
        for held in _facts(server, "adfs-sync"):
            primary = by_short_name.get(held.value.primary_name.partition(".")[0].lower())
            if held.value.role == facts_pb2.SYNC_ROLE_SECONDARY and primary and primary != server.name:
                bad = held.value.HasField("last_status") and held.value.last_status != 0
                yield Edge(
                    source=f"server:{server.name}",
                    target=f"server:{primary}",
                    kind="syncs",
                    state="error" if bad else "ok",
                )


def _retrievals(server: Server) -> Iterator[Held]:
    for context in server.contexts("retrievals"):
        yield from _facts(server, "retrieval", context)


def _brought(held: Held) -> tuple[bool, ...]:
    """Return whether a fetch brought something; nothing where none was tried, or its end is not known."""
    outcome = plain(held.value).outcome
    return () if outcome in NOT_TRIED else (outcome == facts_pb2.RETRIEVAL_OUTCOME_OK,)


def _hosts(farm: Farm) -> Iterator[Node]:
    states: dict[str, set[bool]] = {}
    for server in farm.servers:
        for held in _retrievals(server):
            host = host_of(held.value.url)
            if host:
                states.setdefault(host, set()).update(_brought(held))
    for host, seen in states.items():
        state = "unknown" if not seen else "ok" if seen == {True} else "error" if seen == {False} else "warning"
        yield Node(id=f"host:{host}", kind="host", label=host, layer=Layer.HOST, state=state)


def _fetch_edges(server: Server, latency: Latency) -> Iterator[Edge]:
    grouped: dict[tuple[str, str, str | None], list[Held]] = {}
    for held in _retrievals(server):
        host = host_of(held.value.url)
        if host and held.value.purpose in PURPOSE_NAMES:
            kind = _FETCH_KIND[PURPOSE_NAMES[held.value.purpose]]
            grouped.setdefault((host, kind, held.context), []).append(held)
    for (host, kind, context), rows in sorted(
        grouped.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or "")
    ):
        tried = [one for held in rows for one in _brought(held)]
        times = [ms for held in rows if (ms := latency(server.name, context, held.key))]
        yield Edge(
            source=f"server:{server.name}",
            target=f"host:{host}",
            kind=kind,
            context=context,
            state="unknown" if not tried else "ok" if all(tried) else "error",
            detail=f"{sum(tried)} of {len(rows)}",
            latency_ms=max(times, default=0.0),
        )


def _tenant(farm: Farm, evaluation: Evaluation) -> Iterator[Node]:
    known = any(_facts(server, kind) for server in farm.servers for kind in ("entra-authority", "entra-domain"))
    if known or farm.of_role(_TENANT):
        findings = [finding for finding in evaluation.findings if finding.rule.code.startswith("entra.")]
        yield Node(
            id="tenant",
            kind="tenant",
            label="Microsoft Entra ID",
            layer=Layer.TENANT,
            state=worst_state(findings, known=known),
            findings=tuple(finding.id for finding in findings),
        )


def _tenant_edges(farm: Farm) -> Iterator[Edge]:
    for adfs in farm.of_role("adfs"):
        yield Edge(source=f"server:{adfs.name}", target="tenant", kind="trusts", state="unknown")
    for server in farm.servers:
        for held in _facts(server, "entra-authority"):
            host = host_of(held.value.crl_url)
            if host:
                yield Edge(source="tenant", target=f"host:{host}", kind="fetches-crl", state="unknown")
