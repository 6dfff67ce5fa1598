"""AD FS may hand parts of its URL on."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE_SID
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import reserve
from farmsight_collector.rules.http.reservations import for_adfs
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for reservations that let the AD FS service listen and not delegate; denials are another finding."""
    for port in sorted({443, server_endpoint(farm, server)[1]}):
        for one in for_adfs(farm, server, port):
            rights = [t for t in one.held.value.trustees if t.sid == ADFS_SERVICE_SID and t.allow]
            if any(t.listen for t in rights) and not any(t.delegate for t in rights):
                yield Holds(
                    subject=one.held.key,
                    servers=(server.name,),
                    title=f"{server.name}: the AD FS service may listen on {one.held.key}, but not delegate it",
                    evidence=(one.held,),
                    remedy=reserve(server.name, one.held.key, before=one.held),
                )


RULE = Rule(
    code="http.reservation-no-delegate",
    catalogue=("HTTP-04",),
    severity=Severity.INFO,
    roles=frozenset({"adfs", "wap"}),
    reads=("url-reservation", "tls-binding", "adfs-properties"),
    what="The reservation gives the AD FS service Listen (GX) and not Delegate (GW).",
    why="AD FS reserves with all rights (GA); this one was made by hand. Usually it does no harm.",
    remedy="Delete the reservation and add it again with all rights (GA).",
    check="netsh http show urlacl of this URL: keep the SDDL.",
    undo="Delete the reservation and add it with the SDDL that was kept.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 6 (SDDL); netsh http add urlacl",
    on_server=check,
)
