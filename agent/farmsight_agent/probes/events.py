"""Event log records that bear on certificate sign-in, one part a publisher of logs."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from farmsight_agent.normalise import kinds
from farmsight_agent.outcome import NotObservedError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.probes.answers import observe
from farmsight_wire.v1 import facts_pb2

# Before the slash in a log's name; so that one log that can't be read takes no other with it.
PUBLISHERS: Final = ("AD FS", "Microsoft-Windows-WebApplicationProxy", "Microsoft-Windows-CAPI2", "System")


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part a publisher: those that the agent reads, and others that the host speaks of."""
    try:
        names = tools.host.event_publishers().values
    except NotObservedError as error:
        yield from (part_not_observed(error, part=name) for name in PUBLISHERS)
        return
    for name in dict.fromkeys((*PUBLISHERS, *names)):
        yield observe(partial(tools.host.events, name), _fact, part=name)


def _fact(seen: facts_pb2.EventRecord, line: str) -> facts_pb2.Fact:
    return kinds.keyed(seen, f"{seen.log}/{seen.event_id}/{seen.record}", line)


PROBE = Probe(
    id="events",
    reads="event log records about proxy trust, certificates and revocation",
    parts=PUBLISHERS,
    period_s=300,
    deadline_s=30,
    collect=collect,
)
