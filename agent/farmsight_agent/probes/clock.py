"""How far this server's clock is from its time source."""

from collections.abc import Iterator

from google.protobuf.duration_pb2 import Duration

from farmsight_agent.clock import timestamp
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise.kinds import distinct, keyed
from farmsight_agent.outcome import NotObservedError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.probes.answers import with_lines
from farmsight_wire.v1 import facts_pb2, telemetry_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Yield the offsets: whole seconds as facts, the exact figures as samples."""
    told = _from_collector(tools)
    try:
        seen = tools.host.clock_offsets()
    except NotObservedError as error:
        if told is None:
            yield part_not_observed(error)
            return
        seen = Seen(values=(), source="collector")
    # Evidence stands for another machine than the one whose clock the collector measured.
    if told is not None and not seen.source.startswith("evidence"):
        seen = Seen(values=(*seen.values, told), source=seen.source, lines=(*seen.lines, "") if seen.lines else ())
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


def _from_collector(tools: Tools) -> facts_pb2.ClockOffset | None:
    """Return the offset that the uplink measured, None where no collector has answered yet."""
    measured = tools.collector_clock.offset() if tools.collector_clock is not None else None
    if measured is None:
        return None
    told = facts_pb2.ClockOffset(reference="collector")
    told.offset.FromMilliseconds(round(measured.offset_s * 1000))
    return told


def milliseconds(seen: facts_pb2.ClockOffset) -> float:
    """Return an offset in milliseconds."""
    return seen.offset.ToNanoseconds() / 1e6


def _fact(seen: facts_pb2.ClockOffset, line: str) -> facts_pb2.Fact:
    value = facts_pb2.ClockOffset()
    value.CopyFrom(seen)
    if seen.HasField("offset"):
        off = milliseconds(seen)
        # Less than a second is none: the fact must not change with the network's mood.
        value.offset.CopyFrom(Duration(seconds=0 if abs(off) < 1000 else round(off / 1000)))
    return keyed(value, value.reference, line)


PROBE = Probe(
    id="clock",
    reads="the offset that this server's own time service measured, and the one against the collector",
    period_s=300,
    deadline_s=20,
    collect=collect,
)
