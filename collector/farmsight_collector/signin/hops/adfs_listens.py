"""AD FS runs on the node and serves what certificate sign-in goes through."""

from typing import Final

from farmsight_collector.model.bindings import ADFS_SERVICE, service_name
from farmsight_collector.model.view import Held, Server
from farmsight_collector.rules.adfs.certificate_endpoint_off import PATHS
from farmsight_collector.rules.adfs.service_stopped import DOWN
from farmsight_collector.rules.adfs.sign_in_page_off import PATH as SIGN_IN_PAGE
from farmsight_collector.rules.rule import Severity
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.hops.tls import bound_certificate, serving_any
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2


def look(scene: Scene, way: Way) -> Said:
    """Judge the service, port 443 with its binding, and the endpoints; for users outside those open to proxies.

    Microsoft KB 4032987, AD FS and WAP configuration, step 7; default
    endpoints of AD FS.
    """
    node = way.node
    assert node is not None  # the walk asks only where there is one
    return worst((_service(node), _front(scene, node), _endpoints(scene, way), _copy(scene, node)))


def _service(node: Server) -> Said:
    held = node.need_one("service", ADFS_SERVICE)
    if held is None:
        return unknown(f"is not shown with the service {ADFS_SERVICE}")
    if held.value.state in DOWN:
        return fails("does not run the AD FS service", held, entries=("ADFS-01",))
    if held.value.state != facts_pb2.SERVICE_STATE_RUNNING:
        return unknown("may or may not run the AD FS service", held)
    return passes("runs the AD FS service", held)


def _front(scene: Scene, node: Server) -> Said:
    """Judge port 443, by which proxies and the sign-in page come."""
    name = service_name(scene.farm)
    if not any(held.value.port == 443 for held in node.need("listener")):
        return fails("does not listen on port 443", entries=("HTTP-29",))
    binding = serving_any(node, name, 443)
    if binding is None:
        return fails(f"has no TLS binding for {name}:443")
    return worst((passes(f"serves {name}:443", binding), bound_certificate(scene, node, binding)))


def _copy(scene: Scene, node: Server) -> Said:
    """Judge whether the node serves what is shown of the farm: endpoints, methods and claim rules are the primary's."""
    stale = [one for one in scene.of_entries(("FARM-01", "FARM-02")) if node.name in one.servers]
    found = next((one for one in stale if one.severity > Severity.INFO), None)
    if found is None:
        return passes("serves the farm's configuration")
    text = f"may serve another configuration than the one that is shown: {found.title}"
    return unknown(text, *found.evidence, entries=("FARM-01", "FARM-02"))


def _endpoints(scene: Scene, way: Way) -> Said:
    """Judge the sign-in page and the certificate endpoints; one that is not listed is not there to be judged."""
    farm = scene.farm
    rows = {_path(held): held for held in farm.known("adfs-endpoint", farm.of_role("adfs"))}
    page = rows.get(SIGN_IN_PAGE)
    if page is None:
        return unknown(f"the endpoint {SIGN_IN_PAGE} is not shown")
    wanted = [page, *(held for path, held in rows.items() if path in PATHS)]
    return worst(_endpoint(held, way) for held in wanted)


def _path(held: Held) -> str:
    return str(held.value.path or held.key).lower().rstrip("/")


def _endpoint(held: Held, way: Way) -> Said:
    page = _path(held) == SIGN_IN_PAGE
    if held.value.enabled == facts_pb2.TRISTATE_NO:
        entry = "ADFS-06" if page else "ADFS-04"
        return fails(f"does not serve {_path(held)}: the endpoint is disabled", held, entries=(entry,))
    if way.behind_proxy and held.value.proxy == facts_pb2.TRISTATE_NO:
        entry = "ADFS-06" if page else "ADFS-05"
        return fails(f"does not serve {_path(held)} to proxies: it is not enabled there", held, entries=(entry,))
    flags = (held.value.enabled, held.value.proxy) if way.behind_proxy else (held.value.enabled,)
    if any(flag != facts_pb2.TRISTATE_YES for flag in flags):
        return unknown(f"whether it serves {_path(held)} is not shown", held)
    return passes("its endpoints are enabled", held)


ASKED: Final = Asked(
    hop="adfs-listens",
    place=Place.NODE,
    look=look,
    learn="run an agent on the node, or the collection script there (services, listeners, Get-AdfsEndpoint)",
    reads=("service", "listener", "tls-binding", "url-registration", "ip-listen", "host"),
    configured=("adfs-endpoint", "adfs-properties"),
    proofs=("adfs.too-old", "farm.database-stopped", "http.ctl-store-on-443"),
)
