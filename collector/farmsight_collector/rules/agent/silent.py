"""An agent that does not report leaves its server in the dark."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import doctor
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look whether the agent's report on itself is overdue, or every report is."""
    if not server.coverage:
        yield CannotTell(server=server.name, reason="this agent has not reported yet")
        return
    of_itself = [row for row in server.coverage if row.probe == "agent"]
    if not all(row.stale for row in of_itself or server.coverage):
        return
    last = max(row.covered_until for row in server.coverage)
    yield Holds(
        subject=server.name,
        servers=(server.name,),
        title=f"{server.name} was last heard of {last:%Y-%m-%d %H:%M} UTC",
        evidence=server.facts.get("agent", ()),
        remedy=(doctor(server),),
    )


RULE = Rule(
    code="agent.silent",
    catalogue=("COL-01",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap", "proxy", "vantage"}),
    reads=("agent",),
    what="An agent has not reported for longer than its schedule allows.",
    why="Nothing is known of this server as of now: its findings neither appear nor close.",
    remedy="Run the agent's doctor on the server: it names the step that fails and what to do.",
    check="Is the server running, and does it reach the collector?",
    source="farmsight: a fact is current while a run covers it",
    on_server=check,
)
