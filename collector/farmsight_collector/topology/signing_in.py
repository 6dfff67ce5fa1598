"""The way of a sign-in on the map: clients, the farm's name, balancers, proxies, AD FS nodes."""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final

from farmsight_collector.model.endpoints import bare
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.topology.doubts import doubt, silence
from farmsight_collector.topology.graph import Edge, Layer, Node, findings_on, worst_state
from farmsight_wire.v1 import facts_pb2

CERTIFICATE_PATH: Final = "/adfs/services/trust/2005/certificatetransport"
_PROXIES: Final = ("wap", "proxy")
BALANCERS: Final = 8  # of one farm that are drawn; addresses come from names that anybody may resolve
_THEMES: Final = ("lb.", "client.")  # what is between clients and servers
_LAYERS: Final = {"adfs": Layer.ADFS, "vantage": Layer.CLIENT}


def front_nodes(farm: Farm, evaluation: Evaluation) -> Iterator[Node]:
    """Yield the clients, the farm's name, and the balancers that proxies go through."""
    yield Node(id="clients", kind="client", label="clients", layer=Layer.CLIENT)
    between = [one for one in evaluation.findings if one.rule.code.startswith(_THEMES)]
    seen = any(_looks(server) for server in farm.of_role("vantage"))
    yield Node(
        id=f"vip:{farm.name}",
        kind="vip",
        label=farm.name,
        layer=Layer.VIP,
        state=worst_state(between, known=seen),
        findings=tuple(one.id for one in between),
        detail="" if seen else "no look from outside",
    )
    for address in balancers(farm):
        yield Node(id=f"vip:{address}", kind="vip", label=address, layer=Layer.ADFS, detail="no server's own address")


def server_node(server: Server, evaluation: Evaluation) -> Node:
    """Return the node of one server."""
    findings, silent = findings_on(evaluation, server.name), silence(server)
    state = worst_state(findings, known=True)
    return Node(
        id=f"server:{server.name}",
        kind="server",
        label=server.name,
        role=server.role,
        layer=_LAYERS.get(server.role, Layer.PROXY),
        state=silent[0] if silent and state == "ok" else state,
        findings=tuple(finding.id for finding in findings),
        detail=silent[1] if silent else "",
    )


def balancers(farm: Farm) -> tuple[str, ...]:
    """Return the addresses, no server's own, at which proxies look for the farm."""
    owners = _owners(farm)
    found = {
        bare(held.value.address).lower()
        for proxy in farm.of_role(*_PROXIES)
        for held in _looks(proxy)
        if not _loops(held.value.address)
    }
    return tuple(sorted(found - owners.keys())[:BALANCERS])


def _owners(farm: Farm) -> dict[str, Server | None]:
    """Return by address who has it, as last seen; None where several do."""
    owners: dict[str, Server | None] = {}
    for server in farm.of_role("adfs", *_PROXIES):
        for address in {one.lower() for held in server.facts.get("host", ()) for one in held.value.addresses}:
            owners[address] = None if address in owners else server
    return owners


def front_edges(farm: Farm) -> Iterator[Edge]:
    """Yield who signs in through whom, up to the proxies (or to the AD FS nodes where there are none)."""
    vip = f"vip:{farm.name}"
    outside = farm.of_role("vantage")
    looks = [held for server in outside if doubt(server, "tls-endpoint") is None for held in _at_port(server)]
    state, detail = _told(looks, "not seen from outside")
    yield Edge(source="clients", target=vip, kind="signs-in", state=state, detail=detail)
    for server in outside:
        why = doubt(server, "tls-endpoint")
        state, detail = why or _told(_at_port(server), "the certificate endpoint was not tried")
        yield Edge(source=f"server:{server.name}", target=vip, kind="looks-at", state=state, detail=detail)
    for server in farm.of_role(*_PROXIES) or farm.of_role("adfs"):
        state, detail = _at_its_own_address(server)
        yield Edge(source=vip, target=f"server:{server.name}", kind="signs-in", state=state, detail=detail)


def proxy_edges(farm: Farm) -> Iterator[Edge]:
    """Yield what each proxy saw of the AD FS nodes, and of the balancers before them."""
    nodes, between = farm.of_role("adfs"), balancers(farm)
    for proxy in farm.of_role(*_PROXIES):
        why = doubt(proxy, "tls-endpoint")
        reached = _reached(farm, proxy)
        for target in (*(node.name for node in nodes), *between):
            if target not in reached and between:
                continue  # the way leads through a balancer, and which node answers is not seen
            kind = "vip" if target in between else "server"
            state = {True: "ok", False: "error", None: "unknown"}[reached.get(target)]
            detail = {"ok": "connects", "error": "does not connect", "unknown": "not tried from here"}[state]
            state, detail = why or (state, detail)
            yield Edge(
                source=f"server:{proxy.name}", target=f"{kind}:{target}", kind="proxies", state=state, detail=detail
            )
    for address in between:
        for node in nodes:
            detail = "which node answers behind it is not seen"
            yield Edge(source=f"vip:{address}", target=f"server:{node.name}", kind="proxies", detail=detail)


def _reached(farm: Farm, proxy: Server) -> dict[str, bool]:
    """Return by AD FS node, or by address that is none's, whether any connection of this proxy came about."""
    reached: dict[str, bool] = {}
    owners = _owners(farm)
    for held in _looks(proxy):
        address = bare(held.value.address).lower()
        node = owners.get(address)
        if (node is not None and node.role != "adfs") or held.value.plain_http:
            continue
        connected = held.value.tcp == facts_pb2.TCP_OUTCOME_CONNECTED
        name = address if node is None else node.name
        reached[name] = reached.get(name, False) or connected
    return reached


def sync_edges(farm: Farm) -> Iterator[Edge]:
    """Yield which AD FS node takes its configuration from which."""
    by_short_name = {server.name.lower(): server.name for server in farm.servers}
    for server in farm.of_role("adfs"):
        for held in server.facts.get("adfs-sync", ()):
            primary = by_short_name.get(held.value.primary_name.partition(".")[0].lower())
            if held.value.role == facts_pb2.SYNC_ROLE_SECONDARY and primary and primary != server.name:
                bad = held.value.HasField("last_status") and held.value.last_status != 0
                state, detail = doubt(server, "adfs-sync") or (("error", "the last one failed") if bad else ("ok", ""))
                source, target = f"server:{server.name}", f"server:{primary}"
                yield Edge(source=source, target=target, kind="syncs", state=state, detail=detail)


def _at_its_own_address(server: Server) -> tuple[str, str]:
    """Return the state of the certificate endpoint at this server's own address."""
    why = doubt(server, "tls-endpoint")
    if why:
        return why
    own = {address for held in server.facts.get("host", ()) for address in held.value.addresses}
    here = [held for held in _at_port(server) if bare(held.value.address) in own]
    return _told(here, "the certificate endpoint was not tried at its own address")


def _told(looks: Iterable[Held], otherwise: str) -> tuple[str, str]:
    values = [held.value for held in looks]
    if not values:
        return "unknown", otherwise
    good = any(one.waits_as_it_should or one.http == facts_pb2.HTTP_OUTCOME_ANSWERED for one in values)
    return ("ok", "certificate endpoint answers") if good else ("error", "certificate endpoint does not answer")


def _at_port(server: Server) -> tuple[Held, ...]:
    return tuple(held for held in _looks(server) if held.value.path == CERTIFICATE_PATH)


def _looks(server: Server) -> tuple[Held, ...]:
    return server.facts.get("tls-endpoint", ())


def _loops(address: str) -> bool:
    try:
        told = ipaddress.ip_address(bare(address))
    except ValueError:
        return True  # no address, so that of no balancer
    return told.is_loopback or told.is_unspecified
