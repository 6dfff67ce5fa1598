"""The endpoints for certificates are enabled."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.commands import endpoint
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

# What certificate sign-in by active clients goes through (default: enabled, on the proxy too).
PATHS = frozenset(
    {
        "/adfs/services/trust/2005/certificatemixed",
        "/adfs/services/trust/2005/certificatetransport",
        "/adfs/services/trust/13/certificatemixed",
    }
)


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at each of the endpoints that AD FS lists."""
    for held in farm.known("adfs-endpoint", farm.of_role("adfs")):
        path = held.value.path or held.key
        if path.lower() in PATHS and held.value.enabled == facts_pb2.TRISTATE_NO:
            yield Holds(
                subject=path,
                title=f"The endpoint {path} is disabled",
                evidence=(held,),
                remedy=(endpoint(farm, held, path, proxy=False),),
            )


RULE = Rule(
    code="adfs.certificate-endpoint-off",
    catalogue=("ADFS-04",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-endpoint",),
    what="An endpoint for sign-in by certificate is disabled in AD FS.",
    why="Active clients (Exchange ActiveSync, WS-Trust) that sign in by certificate fail (event 111).",
    remedy="Enable the endpoint and restart AD FS on all nodes.",
    check="Get-AdfsEndpoint of this path, on the primary: who switched it off, and why?",
    undo="Disable-AdfsEndpoint of this path; restart.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 7; default endpoints of AD FS",
    explains=("client.endpoint-refuses",),
    on_farm=check,
)
