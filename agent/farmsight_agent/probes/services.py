"""The services that bear on sign-in."""

from collections.abc import Iterator

from farmsight_agent.normalise import kinds
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe


def collect(tools: Tools) -> Iterator[Part]:
    """Yield what the host shows."""
    yield observe(tools.host.services, kinds.service)


PROBE = Probe(
    id="services",
    reads="state, start type and account of AD FS, proxy and time services",
    period_s=120,
    deadline_s=30,
    collect=collect,
)
