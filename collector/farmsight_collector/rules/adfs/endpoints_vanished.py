"""AD FS says that endpoints are missing."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.adfs.telling_events import recent
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

EVENT = 180


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the event in which AD FS names endpoints that its configuration lacks."""
    events = tuple(recent(farm, server, EVENT))
    if events:
        yield Holds(
            subject=f"event {EVENT}",
            servers=(server.name,),
            title=f"{server.name}: AD FS reports endpoints that are missing (event {EVENT})",
            evidence=events[-4:],
            remedy=(
                powershell(
                    server.name,
                    "Get-AdfsEndpoint | Where-Object AddressPath -like '*certificate*'",
                    "# then install the current cumulative update and create what is missing as the vendor describes",
                ),
            ),
        )


RULE = Rule(
    code="adfs.endpoints-vanished",
    catalogue=("ADFS-10",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("event",),
    what="AD FS wrote event 180 within a week: endpoints are missing from its configuration.",
    why="An update of 2018 (KB4088787) lost endpoints on Server 2016; those for certificates may be among them.",
    remedy="Install the current cumulative update, then create the missing endpoints again.",
    check="Get-AdfsEndpoint on the primary: what is there? Keep the output.",
    source="Microsoft, event 180 is logged and AD FS endpoints are missing",
    on_server=check,
)
