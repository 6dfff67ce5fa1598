"""The endpoints for certificates are open to proxies."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.certificate_endpoint_off import PATHS
from farmsight_collector.rules.adfs.commands import endpoint
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at each enabled endpoint; a farm without proxies needs none of them opened."""
    if not farm.of_role("wap", "proxy"):
        return
    for held in farm.known("adfs-endpoint", farm.of_role("adfs")):
        path = held.value.path or held.key
        closed = held.value.proxy == facts_pb2.TRISTATE_NO and held.value.enabled != facts_pb2.TRISTATE_NO
        if path.lower() in PATHS and closed:
            yield Holds(
                subject=path,
                title=f"The endpoint {path} is not enabled on the proxy",
                evidence=(held,),
                remedy=(endpoint(farm, held, path, proxy=True),),
            )


RULE = Rule(
    code="adfs.certificate-endpoint-not-proxied",
    catalogue=("ADFS-05",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-endpoint",),
    what="An endpoint for sign-in by certificate is closed to proxies.",
    why="Inside it works, outside it fails (404, 503).",
    remedy="Open the endpoint to proxies; restart AD FS and the proxies.",
    check="Get-AdfsEndpoint of this path, on the primary.",
    undo="Set-AdfsEndpoint with -Proxy $false; restart.",
    source="Default endpoints of AD FS; configure user certificate authentication in AD FS",
    explains=("client.endpoint-refuses",),
    on_farm=check,
)
