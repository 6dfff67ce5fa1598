"""The name that the browser asks for leads to this farm."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.endpoints import PROXIES, owner
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Held, Server
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.trace import EXTRANET
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2

Resolution = facts_pb2.NameResolution


def look(scene: Scene, way: Way) -> Said:
    """Judge the service's name, and the name that asks for certificates, as those on this side find them.

    Outside it is the vantage points that resolve; inside, the AD FS nodes
    themselves, unless they have the name from their hosts file.
    """
    farm = scene.farm
    asked = tuple(dict.fromkeys((service_name(farm), client_endpoint(farm)[0] or service_name(farm))))
    return worst(_of_name(scene, way, name) for name in asked)


def _of_name(scene: Scene, way: Way, name: str) -> Said:
    outside = way.path == EXTRANET
    looked = [row for row in _resolved(scene, way) if row[2].name.lower() == name]
    told = [row for row in looked if outside or not row[2].from_hosts_file]
    missing = [row for row in told if row[2].outcome == facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME]
    if missing:
        observer, held, _ = missing[0]
        entry = ("NET-11",) if name.startswith("certauth.") else ("NET-10",)
        return fails(f"{name} has no address, asked from {observer.name}", held, entries=entry)
    found = [row for row in told if row[2].outcome == facts_pb2.RESOLUTION_OUTCOME_RESOLVED and row[2].addresses]
    if not found:
        who = "no vantage point outside" if outside else "no AD FS node, by DNS,"
        return unknown(f"{who} is known to resolve {name}")
    return worst(_leads(scene, way, name, row) for row in found)


def _resolved(scene: Scene, way: Way) -> Iterator[tuple[Server, Held, Resolution]]:
    for observer in scene.farm.of_role("vantage" if way.path == EXTRANET else "adfs"):
        for held in observer.ask("host").facts:
            for resolution in held.value.resolutions:
                yield observer, held, resolution


def _leads(scene: Scene, way: Way, name: str, row: tuple[Server, Held, Resolution]) -> Said:
    """Judge whose the addresses are; one that no server of the farm has may be the load balancer's."""
    observer, held, resolution = row
    owners = [owner(scene.farm, address) for address in resolution.addresses]
    meant = PROXIES if way.proxy is not None else {"adfs"}
    astray = [one.name for one in owners if one is not None and one.role not in meant]
    leads = f"{name} leads to {', '.join(list(resolution.addresses)[:4])}, asked from {observer.name}"
    if astray:
        return unknown(f"{leads}: that is {', '.join(sorted(set(astray)))}, which is not on this path", held)
    return passes(leads, held)


ASKED: Final = Asked(
    hop="name-resolution",
    place=Place.PATH,
    look=look,
    learn="enrol a vantage agent outside (farmsight-agent, role vantage), which resolves the names as clients do",
)
