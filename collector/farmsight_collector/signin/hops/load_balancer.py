"""What stands between clients and the servers passes the port on, and TLS as it is."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.bindings import known_name, serving
from farmsight_collector.model.endpoints import Seen, bare, owner, seen
from farmsight_collector.model.mode import client_endpoint, server_endpoint
from farmsight_collector.model.view import Held, Knowledge, Server, UnknownFactError
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.trace import EXTRANET
from farmsight_collector.signin.ways import Way, ways


def look(scene: Scene, way: Way) -> Said:
    """Judge what this side's observers met at addresses that no server of the farm has.

    Where the name leads to servers' own addresses there is nothing in between.
    """
    name, port = client_endpoint(scene.farm)
    looks = [one for one in _looks(scene, way, name, port) if one.target is None]
    if looks:
        return worst(_met(scene, way, one) for one in looks)
    addresses = {address for address, _ in _addresses(scene, way)}
    if addresses and all(owner(scene.farm, address) is not None for address in addresses):
        held = tuple(held for _, held in _addresses(scene, way))
        return passes("The name leads straight to the servers", *held)
    return unknown(f"nobody {_side(way)} looked at {name or 'the farm'}:{port} where clients reach it")


def _looks(scene: Scene, way: Way, name: str, port: int) -> Iterator[Seen]:
    try:
        found = tuple(seen(scene.farm, name, port))
    except UnknownFactError:
        return
    yield from (one for one in found if one.observer.role == _observers(way))


def _observers(way: Way) -> str:
    return "vantage" if way.path == EXTRANET else "adfs"


def _side(way: Way) -> str:
    return "outside" if way.path == EXTRANET else "inside"


def _addresses(scene: Scene, way: Way) -> Iterator[tuple[str, Held]]:
    name = known_name(scene.farm)
    for observer in scene.farm.of_role(_observers(way)):
        for held in observer.ask("host").facts:
            for resolution in held.value.resolutions:
                if resolution.name.lower() in (name, f"certauth.{name}"):
                    yield from ((address, held) for address in resolution.addresses)


def _met(scene: Scene, way: Way, one: Seen) -> Said:
    at = f"{bare(one.value.address)}, seen from {one.observer.name}"
    port = one.value.port
    if one.unreachable:
        return fails(f"Port {port} is not reachable at {at}", one.held, entries=("LB-03", "NET-07"))
    if one.refused_tls:
        return fails(f"The TLS handshake on port {port} is broken off at {at}", one.held, entries=("LB-06", "LB-01"))
    if not one.leaf:
        return unknown(f"no TLS handshake was seen on port {port} at {at}", one.held)
    return _passed_on(scene, way, one, at)


def _passed_on(scene: Scene, way: Way, one: Seen, at: str) -> Said:
    """Compare the certificate that clients meet with those that the servers behind have bound."""
    servers = _behind(scene, way)
    answers = [server.ask("tls-binding") for server in servers]
    bound = {held.value.certificate_sha1 for answer in answers for held in answer.facts}
    if one.leaf not in bound:
        if not servers or any(answer.knowledge is not Knowledge.KNOWN for answer in answers):
            return unknown(f"the bindings behind {at} are not all known", one.held)
        text = f"Something ends TLS at {at}: its certificate is none that the servers have bound"
        return fails(text, one.held, entries=("LB-01", "NET-15"))
    if one.asks_certificate:
        return passes(f"TLS is passed on at {at}", one.held)
    if all(_negotiates(scene, server) for server in servers):
        return fails(f"No certificate is asked for at {at}, though the servers ask", one.held, entries=("LB-01",))
    return unknown(f"no certificate is asked for at {at}: by which server is not known", one.held)


def _behind(scene: Scene, way: Way) -> tuple[Server, ...]:
    """Return the servers at which the TLS of this side's clients ends."""
    entries = (one.entry for one in ways(scene.farm, way.path)[0])
    return tuple({server.name: server for server in entries if server is not None}.values())


def _negotiates(scene: Scene, server: Server) -> bool:
    try:
        binding = serving(server, *server_endpoint(scene.farm, server))
    except UnknownFactError:
        return False
    return binding is not None and bool(binding.value.negotiate_client_certificate)


ASKED: Final = Asked(
    hop="load-balancer",
    place=Place.PATH,
    look=look,
    learn="enrol a vantage agent on this side (farmsight-agent, role vantage), which connects as clients do",
)
