"""A proxy does not hold requests back because AD FS answers slowly."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.adfs.telling_events import recent
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

BEGAN = 230  # congestion; 231: it is over


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the events in which the proxy says that it held requests back."""
    events = tuple(recent(farm, server, BEGAN))
    if events:
        yield Holds(
            subject="congestion control",
            servers=(server.name,),
            title=f"{server.name} held requests back because AD FS answered slowly ({len(events)} times in a week)",
            evidence=events[-4:],
            remedy=(
                powershell(
                    server.name,
                    "Get-WinEvent -FilterHashtable @{LogName='AD FS/Admin'; Id=230,231} -MaxEvents 20",
                    "Get-Content C:\\Windows\\ADFS\\Config\\microsoft.identityServer.proxyservice.exe.config "
                    "| Select-String congestionControl",
                ),
            ),
        )


RULE = Rule(
    code="wap.congestion",
    catalogue=("WAP-10",),
    severity=Severity.WARNING,
    roles=frozenset({"wap"}),
    reads=("event",),
    what="A proxy wrote within the last week that it held requests back because AD FS took too long (event 230).",
    why="Users outside get 503 at peaks. What makes AD FS slow is mostly waiting for CRLs.",
    remedy="Cure slow CRLs and other waits of AD FS first; only then change the limits of congestion control.",
    check="Do the events fall on publications of CRLs, or on peaks of sign-in?",
    undo="Set the former limits in the proxy's configuration file again; restart the service.",
    source="Web Application Proxy, congestion control; which events mean it is field experience",
    on_server=check,
)
