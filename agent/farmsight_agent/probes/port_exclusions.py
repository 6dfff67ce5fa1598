"""TCP port ranges that the system keeps from being bound."""

from collections.abc import Iterator

from farmsight_agent.normalise import kinds
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe


def collect(tools: Tools) -> Iterator[Part]:
    """Yield what the host shows."""
    yield observe(tools.host.port_exclusions, kinds.port_exclusion)


PROBE = Probe(
    id="port-exclusions",
    reads="excluded TCP port ranges",
    period_s=3600,
    deadline_s=30,
    collect=collect,
)
