"""The proxy hands the sign-in, with the user's certificate, on to this AD FS node."""

from typing import Final

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.endpoints import Seen, seen
from farmsight_collector.model.per_farm import per_server
from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_collector.pki.known import dates_doubt, moment, passed
from farmsight_collector.rules.wap.service_stopped import DOWN, SERVICES
from farmsight_collector.rules.wap.third_party_proxy import WITHOUT
from farmsight_collector.rules.wap.trust_lost import STORE
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, not_known, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way


def look(scene: Scene, way: Way) -> Said:
    """Judge services, name, trust and reachability; a proxy that passes TLS on as it is forwards nothing."""
    proxy, node = way.proxy, way.node
    assert proxy is not None and node is not None  # noqa: PT018 - the walk asks only where both are
    if not way.proxy_ends_tls:
        return passes("passes TLS on to AD FS as it is")
    if proxy.role != "wap":
        return _of_other_product(proxy)
    return worst((_services(proxy), _name(scene.farm, proxy), _trust(scene, proxy, node), _reach(scene, proxy, node)))


def _of_other_product(proxy: Server) -> Said:
    """Judge by the product: the certificate reaches AD FS only by MS-ADFSPIP (Microsoft KB 4032987)."""
    for held in proxy.need("tls-binding"):
        if held.value.product in WITHOUT:
            text = f"ends TLS for {held.key} with {held.value.product}, which does not speak MS-ADFSPIP"
            return fails(text, held, entries=("WAP-05",))
    return unknown("is not known to speak MS-ADFSPIP")


@per_server
def _services(proxy: Server) -> Said:
    held = {one.key.lower(): one for one in proxy.need("service")}
    down = [one for name in SERVICES if (one := held.get(name)) is not None and one.value.state in DOWN]
    if down:
        return fails(f"does not run {', '.join(one.key for one in down)}", *down, entries=("WAP-01",))
    missing = [name for name in SERVICES if name not in held]
    if missing:
        return unknown(f"is not shown with the service {', '.join(missing)}")
    return passes("runs its services")


def _name(farm: Farm, proxy: Server) -> Said:
    name = service_name(farm)
    held = proxy.need("wap-configuration")
    others = [(one, _names(one) - {name}) for one in held if _names(one) - {name}]
    if others:
        one, them = others[0]
        return fails(f"is set up for {', '.join(sorted(them))}, not for {name}", one, entries=("WAP-07",))
    if not any(_names(one) for one in held):
        return unknown("is not shown with the name that it is set up for")
    return passes(f"is set up for {name}", *held[:1])


def _names(held: Held) -> set[str]:
    return {held.value.federation_service_name.lower(), host_of(held.value.adfs_url)} - {""}


def _trust(scene: Scene, proxy: Server, node: Server) -> Said:
    """Judge whether this very node knows the certificate by which the proxy shows itself (events 276, 422)."""
    own = proxy.need("wap-trust-certificate")
    valid = [one for one in own if not _expired(scene, one)]
    if own and not valid:
        return fails("shows itself by a proxy trust certificate that expired", *own, entries=("WAP-03",))
    mine = {one.value.certificate.sha1: one for one in valid if one.value.certificate.sha1}
    if not mine:
        return unknown("is not shown with its proxy trust certificate")
    stored = node.need("store-certificate", part=STORE)
    known = [one for one in stored if one.value.certificate.sha1 in mine]
    if known:
        return passes(f"is trusted by {node.name}", mine[known[0].value.certificate.sha1], known[0])
    others = {other.name: _knows(other, frozenset(mine)) for other in scene.farm.of_role("adfs") if other is not node}
    trusting = [name for name, knows in others.items() if knows]
    held = (*mine.values(), *stored[:10])
    if trusting:
        return fails(f"is not trusted by {node.name}, though by {trusting[0]}", *held, entries=("STORE-14",))
    by = "any AD FS node" if None not in others.values() else node.name
    return fails(f"is not trusted by {by}", *held, entries=("WAP-02",))


def _expired(scene: Scene, held: Held) -> bool:
    own = held.value.certificate
    return passed(moment(own, "not_after"), scene.farm.as_of, dates_doubt(own)) is True


def _knows(node: Server, sha1s: frozenset[str]) -> bool | None:
    """Tell whether a node trusts any of these certificates; None where its store is not known."""
    answer = node.ask("store-certificate", part=STORE)
    if answer.knowledge is not Knowledge.KNOWN:
        return None
    return any(held.value.certificate.sha1 in sha1s for held in answer.facts)


def _reach(scene: Scene, proxy: Server, node: Server) -> Said:
    """Judge what the proxy itself met on the service's name: at this node, or at an address before the nodes.

    Port 443 is enough on this leg: the certificate travels inside the request ([MS-ADFSPIP] 3.2).
    """
    name = service_name(scene.farm)
    try:
        looks = [one for one in seen(scene.farm, name, 443) if one.observer is proxy and _back(one, node)]
    except UnknownFactError as error:
        return _by_health(proxy, node, not_known(error))
    broken = [(one, fault) for one in looks if (fault := _fault(one))]
    if broken:
        one, fault = broken[0]
        text = f"does not reach {node.name}: {name}:443 at {one.value.address} {fault}"
        return fails(text, one.held, entries=("NET-09",))
    if looks:
        return passes(f"reaches {name}:443", looks[0].held)
    return _by_health(proxy, node, unknown(f"is not known to have looked at {name}:443 on {node.name}"))


def _fault(one: Seen) -> str:
    if one.unreachable:
        return "does not take the connection"
    if one.refused_tls:
        return "breaks off the TLS handshake"
    return f"answers HTTP {one.value.http_status}" if one.value.http_status >= 500 else ""


def _back(one: Seen, node: Server) -> bool:
    return one.target is None or one.target.name == node.name


def _by_health(proxy: Server, node: Server, otherwise: Said) -> Said:
    """Take the proxy's own word where nobody looked: its health is what Get-WebApplicationProxyHealth says."""
    answer = proxy.ask("wap-configuration")
    well = [one for one in answer.facts if one.value.health_state.upper() in ("OK", "HEALTHY")]
    if answer.knowledge is Knowledge.KNOWN and well and well == list(answer.facts):
        return passes(f"says that its connection to AD FS is well, so it reaches {node.name} or one beside it", *well)
    return otherwise


ASKED: Final = Asked(
    hop="forwarding",
    place=Place.PAIR,
    look=look,
    applies=lambda way: way.proxy is not None,
    learn="run agents on the proxy and on AD FS, or the collection script, which reads trust, services and health",
    reads=(
        "service",
        "wap-configuration",
        "wap-trust-certificate",
        "host",
        "tls-endpoint",
        "clock",
        "tls-binding",
        "schannel-setting",
    ),
    proofs=(
        "wap.farm-name-wrong",
        "wap.tls-terminated",
        "wap.trust-lost",
        "wap.farm-unreachable",
        "network.clock-offset",
        "tls.no-common-version",
        "tls.strong-crypto-off",
        "store.trusted-devices-missing",
    ),
)
