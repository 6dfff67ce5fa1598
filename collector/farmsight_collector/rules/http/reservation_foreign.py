"""Another product's reservation can take AD FS's requests."""

from collections.abc import Iterator

from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import unreserve
from farmsight_collector.rules.http.reservations import OWN_SIDS, Reserved, reserved
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for reservations of others that are looked at before AD FS's own on the same port."""
    held = reserved(server)
    for port in sorted({443, server_endpoint(farm, server)[1]}):
        here = [one for one in held if one.port == port]
        own = [one for one in here if one.path == "/adfs/" and one.sids & OWN_SIDS]
        for other in here:
            if other.sids and not other.sids & OWN_SIDS and any(_outranks(other, mine) for mine in own):
                yield Holds(
                    subject=other.held.key,
                    servers=(server.name,),
                    title=f"{server.name}: {other.held.key} of another product comes before AD FS's reservation",
                    evidence=(other.held, *(mine.held for mine in own)),
                    remedy=unreserve(server.name, other.held, then=("Restart-Service adfssrv",)),
                )


def _outranks(other: Reserved, mine: Reserved) -> bool:
    longer = other.path.startswith(mine.path)
    if other.host_class != mine.host_class:
        return other.host_class < mine.host_class and (longer or mine.path.startswith(other.path))
    return other.host == mine.host and longer and other.path != mine.path


RULE = Rule(
    code="http.reservation-foreign",
    catalogue=("HTTP-06",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("url-reservation",),
    what="A reservation of another product matches AD FS's URLs first.",
    why="http.sys looks at + before a host name before *, and at the longest path within one of these; "
    "requests for AD FS end at the other product (400, 404 or 503).",
    remedy="Find the product by the request queue that registered the URL, move it, delete its reservation.",
    check="Which product registered the URL? netsh http show urlacl of it: keep the output.",
    undo="netsh http add urlacl with the URL and SDDL that were kept.",
    source="win32 HTTP documentation, UrlPrefix strings and routing",
    explains=("client.endpoint-refuses", "wap.farm-unreachable", "lb.node-differs"),
    on_server=check,
)
