"""How far this server's clock is from its time source."""

from collections.abc import Iterator

from google.protobuf.duration_pb2 import Duration

from farmsight_agent.clock import timestamp
from farmsight_agent.normalise.kinds import distinct, keyed
from farmsight_agent.outcome import NotObservedError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.probes.answers import with_lines
from farmsight_wire.v1 import facts_pb2, telemetry_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Yield the offsets: whole seconds as facts, the exact figures as samples."""
    try:
        seen = tools.host.clock_offsets()
    except NotObservedError as error:
        yield part_not_observed(error)
        return
    at = timestamp(tools.clock.now())
    yield Part(
        facts=distinct(_fact(offset, line) for offset, line in with_lines(seen)),
        samples=tuple(
            telemetry_pb2.Sample(series="clock-offset-ms", key=one.reference, at=at, value=milliseconds(one))
            for one in seen.values
            if one.HasField("offset")
        ),
        source=seen.source,
    )


def milliseconds(seen: facts_pb2.ClockOffset) -> float:
    """Return an offset in milliseconds."""
    return seen.offset.ToNanoseconds() / 1e6


def _fact(seen: facts_pb2.ClockOffset, line: str) -> facts_pb2.Fact:
    value = facts_pb2.ClockOffset()
    value.CopyFrom(seen)
    if seen.HasField("offset"):
        value.offset.CopyFrom(Duration(seconds=round(milliseconds(seen) / 1000)))
    return keyed(value, value.reference, line)


PROBE = Probe(
    id="clock",
    reads="the offset that this server's own time service measured",
    period_s=300,
    deadline_s=20,
    collect=collect,
)
