"""What the proxy says of its own health."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Pass on a health state other than OK; a source that does not show it says nothing."""
    for held in server.need("wap-configuration"):
        state = held.value.health_state
        if state and state.upper() not in ("OK", "HEALTHY"):
            notes = "; ".join(held.value.health_notes)
            yield Holds(
                subject=state,
                servers=(server.name,),
                title=f"{server.name} calls its own health {state}{': ' if notes else ''}{notes}",
                evidence=(held,),
                remedy=(powershell(server.name, "Get-WebApplicationProxyHealth | Format-List"),),
            )


RULE = Rule(
    code="wap.health",
    catalogue=("WAP-06",),
    severity=Severity.WARNING,
    roles=frozenset({"wap"}),
    reads=("wap-configuration",),
    what="Get-WebApplicationProxyHealth reports a component that is not OK.",
    why="The proxy itself knows of a fault; its heuristics say which.",
    remedy="Read the heuristics of the component that is not OK.",
    check="Get-WebApplicationProxyHealth on another proxy: is it alone?",
    source="Get-WebApplicationProxyHealth, cmdlet reference",
    on_server=check,
)
