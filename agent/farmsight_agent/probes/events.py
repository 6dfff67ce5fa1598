"""Event log records that bear on certificate sign-in."""

from collections.abc import Iterator

from farmsight_agent.normalise import kinds
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe


def collect(tools: Tools) -> Iterator[Part]:
    """Yield what the host shows."""
    yield observe(
        tools.host.events, lambda seen, line: kinds.keyed(seen, f"{seen.log}/{seen.event_id}/{seen.record}", line)
    )


PROBE = Probe(
    id="events",
    reads="event log records about proxy trust, certificates and revocation",
    period_s=300,
    deadline_s=30,
    collect=collect,
)
