"""The sign-in page is there, for proxies too."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.commands import endpoint
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

PATH = "/adfs/ls"


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at the endpoint of browsers' sign-in; a farm without proxies need not open it to any."""
    proxied = bool(farm.of_role("wap", "proxy"))
    for held in farm.known("adfs-endpoint", farm.of_role("adfs")):
        if (held.value.path or held.key).lower().rstrip("/") != PATH:
            continue
        off = held.value.enabled == facts_pb2.TRISTATE_NO
        if off or (proxied and held.value.proxy == facts_pb2.TRISTATE_NO):
            yield Holds(
                subject=PATH,
                title=f"The endpoint {PATH} is {'disabled' if off else 'closed to proxies'}",
                evidence=(held,),
                remedy=(endpoint(farm, held, f"{PATH}/", proxy=not off),),
            )


RULE = Rule(
    code="adfs.sign-in-page-off",
    catalogue=("ADFS-06",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("adfs-endpoint",),
    what="The endpoint /adfs/ls is disabled, or closed to proxies on a farm that has some.",
    why="No browser can sign in: inside and outside, or outside only.",
    remedy="Enable the endpoint, open it to proxies, restart AD FS and the proxies.",
    check="Get-AdfsEndpoint of this path, on the primary: who switched it off, and why?",
    undo="Disable-AdfsEndpoint, or -Proxy $false, of this path; restart.",
    source="adfsToolbox Office365Endpoints; default endpoints of AD FS",
    explains=("client.endpoint-refuses",),
    on_farm=check,
)
