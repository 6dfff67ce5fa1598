"""Schannel settings that differ from the operating system's default."""

from collections.abc import Iterator

from farmsight_agent.normalise import kinds
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe


def collect(tools: Tools) -> Iterator[Part]:
    """Yield what the host shows."""
    yield observe(tools.host.schannel_settings, lambda seen, line: kinds.keyed(seen, seen.name, line))


PROBE = Probe(
    id="schannel",
    reads="Schannel registry settings",
    period_s=3600,
    deadline_s=30,
    collect=collect,
)
