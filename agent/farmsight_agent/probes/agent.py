"""The agent itself: version, identity, spool, and the accounts it can ask as."""

from collections.abc import Iterator

from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.selfwatch import about
from farmsight_wire.v1 import facts_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Enter each context once to know that it can be entered; tell the rest."""
    health = about()
    samples = []
    if tools.selfwatch is not None:
        health.MergeFrom(tools.selfwatch.health())
        samples = tools.selfwatch.samples(tools.clock.now())
    if tools.host.platform != "evidence":  # a folder's accounts are those of another server
        health.contexts.extend(tools.contexts.availability(account) for account in tools.host.accounts())
    yield Part(facts=(facts_pb2.Fact(key="-", agent=health),), samples=tuple(samples), source="agent")


PROBE = Probe(
    id="agent",
    reads="The agent's version, identity, spool and footprint, and which accounts it can ask as",
    period_s=900,
    deadline_s=120,
    collect=collect,
)
