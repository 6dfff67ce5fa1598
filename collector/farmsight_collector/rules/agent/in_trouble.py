"""An agent says of itself that it has a trouble, or cannot ask as an account that a service runs as."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.commands import doctor
from farmsight_collector.rules.rule import Holds, Rule, Severity
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES


def check(_farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield the trouble of this server's agent, in its own words."""
    for held in server.need("agent"):
        troubles = list(_troubles(held))
        if troubles:
            yield Holds(
                subject=f"agent of {server.name}",
                servers=(server.name,),
                title=f"The agent of {server.name} reports a trouble: {'; '.join(troubles)}",
                evidence=(held,),
                remedy=(doctor(server),),
            )


def _troubles(held: Held) -> Iterator[str]:
    health = held.value
    if health.last_trouble:
        yield health.last_trouble
    if health.spool_quarantined:
        yield "its spool was damaged and moved aside"
    for state in health.contexts:
        if not state.available:
            yield f"it cannot ask as {CONTEXT_NAMES[state.context] or state.account}: {state.reason}"


RULE = Rule(
    code="agent.in-trouble",
    catalogue=("COL-01", "COL-03"),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap", "proxy", "vantage"}),
    reads=("agent",),
    what="An agent reports a trouble of its own, or cannot ask as an account that a service here runs as.",
    why="What it can't see stays unknown: a CRL that only this account cannot fetch would not be noticed.",
    remedy="Run the agent's doctor on the server: it names the step that fails and what to do.",
    check="farmsight-agent doctor on a server that is well: what differs?",
    source="farmsight: nothing is known by silence",
    on_server=check,
)
