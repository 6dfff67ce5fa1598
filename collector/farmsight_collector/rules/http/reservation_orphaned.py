"""Where AD FS is not installed nothing is reserved for it."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE, ADFS_SERVICE_SID
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import unreserve
from farmsight_collector.rules.rule import EVERY, Holds, Rule, Severity, Verdict


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for reservations of the AD FS service on a server whose services do not have it."""
    left = [
        held
        for held in server.need("url-reservation")
        if "/adfs/" in held.key.lower() and any(t.sid == ADFS_SERVICE_SID for t in held.value.trustees)
    ]
    if not left or not _no_service(server):
        return
    yield Holds(
        subject=server.name,
        servers=(server.name,),
        title=f"{server.name} reserves {', '.join(held.key for held in left[:3])} for AD FS, which is not installed",
        evidence=tuple(left),
        remedy=unreserve(server.name, *left),
    )


def _no_service(server: Server) -> bool:
    """Tell whether the services are known and AD FS is not among them; a listing of nothing tells nothing."""
    services = server.need("service")
    return bool(services) and all(held.key != ADFS_SERVICE for held in services)


RULE = Rule(
    code="http.reservation-orphaned",
    catalogue=("HTTP-05",),
    severity=Severity.INFO,
    roles=EVERY,
    reads=("url-reservation", "service"),
    what="URLs are reserved for the AD FS service on a server that does not have this service.",
    why="Other software on these URLs gets 400 or 503, and the listing looks as if AD FS were here.",
    remedy="Delete the reservations.",
    check="Is the role really gone from this server? Keep the output of netsh http show urlacl.",
    undo="netsh http add urlacl with the URL and SDDL that were kept.",
    source='win32 HTTP documentation, routing; field reports of 503 under "Can\'t lookup sid, Error: 1332"',
    on_server=check,
)
