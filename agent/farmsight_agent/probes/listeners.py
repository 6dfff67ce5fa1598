"""Listening TCP sockets and who holds them."""

from collections.abc import Iterator

from farmsight_agent.normalise import kinds
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe


def collect(tools: Tools) -> Iterator[Part]:
    """Yield what the host shows."""
    yield observe(tools.host.listeners, kinds.listener)


PROBE = Probe(
    id="listeners",
    reads="listening TCP sockets with owning process, service and account",
    period_s=300,
    deadline_s=30,
    collect=collect,
)
