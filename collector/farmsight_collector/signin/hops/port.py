"""The server at which TLS ends listens where certificates are asked for."""

from typing import Final

from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.endpoints import Seen, seen
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.rules.adfs.service_stopped import DOWN
from farmsight_collector.rules.http.reservations import for_adfs
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way


def look(scene: Scene, way: Way) -> Said:
    """Judge listener, URL reservation and what clients met at this server's own address.

    Microsoft KB 4032987, AD FS and WAP configuration, steps 6 and 7.
    """
    server = way.entry
    assert server is not None  # the walk asks only where there is one
    port = server_endpoint(scene.farm, server)[1]
    met = met_at(scene.farm, server)
    reached = [one for one in met if one.connected]
    refused = [one for one in met if one.unreachable]
    if refused:
        text = f"is not reachable on port {port}, seen from {refused[0].observer.name}"
        return fails(text, *(one.held for one in refused), entries=("NET-07", "NET-08"))
    listening = passes(f"takes connections on port {port}", reached[0].held) if reached else _listens(server, port)
    if server.role == "proxy":
        return listening  # no http.sys
    return worst((listening, _reserved(scene.farm, server, port)))


def met_at(farm: Farm, server: Server) -> tuple[Seen, ...]:
    """Return what clients met at this server's own address, where it asks for certificates; nothing if unknown."""
    try:
        found = tuple(seen(farm, *server_endpoint(farm, server)))
    except UnknownFactError:
        return ()
    return tuple(one for one in found if one.as_client and one.target is not None and one.target.name == server.name)


def _listens(server: Server, port: int) -> Said:
    held: list[Held] = [one for one in server.need("listener") if one.value.port == port]
    if held:
        return passes(f"listens on port {port}", held[0])
    services = [one for one in server.ask("service").facts if one.key == ADFS_SERVICE]
    if any(one.value.state in DOWN for one in services):
        entry = "ADFS-01" if server.role == "adfs" else "WAP-01"
        text = f"does not run the AD FS service, so nothing listens on port {port}"
        return fails(text, *services, entries=(entry, "HTTP-29"))
    return fails(f"does not listen on port {port}", *services, entries=("HTTP-29",))


def _reserved(farm: Farm, server: Server, port: int) -> Said:
    """Judge the reservation for /adfs/ in any host form."""
    held = [one for one in for_adfs(farm, server, port) if one.path == "/adfs/"]
    if held:
        return passes(f"port {port} is reserved for AD FS", held[0].held)
    if port == 443:
        return unknown("holds no reservation for /adfs/ on port 443, and another may serve it")
    return fails(f"has no URL reservation for AD FS on port {port}", entries=("HTTP-01",))


ASKED: Final = Asked(
    hop="port",
    place=Place.ENTRY,
    look=look,
    learn="run an agent on the server, or add its netsh http show urlacl, show sslcert and listener captures",
    reads=(
        "listener",
        "url-reservation",
        "url-registration",
        "tls-binding",
        "ip-listen",
        "port-exclusion",
        "service",
        "host",
        "wap-configuration",
    ),
    configured=("adfs-properties",),
    looked_at=True,
    proofs=(
        "http.reservation-rights",
        "http.port-foreign-owner",
        "http.port-excluded",
        "http.url-not-registered",
        "http.url-registered-by-other",
        "http.listen-list",
        "http.nothing-listens",
        "client.port-unreachable",
        "client.endpoint-refuses",
        "http.mode-differs",
        "adfs.client-port-changed",
        "wap.ports-differ",
    ),
)
