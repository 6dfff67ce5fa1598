"""The clock probe: what the time service says, beside what the collector's answers say."""

from types import SimpleNamespace

import pytest

from farmsight_agent.clock import SystemClock
from farmsight_agent.collector_clock import CollectorClock
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_agent.probes import clock
from farmsight_wire.v1 import facts_pb2, telemetry_pb2


def collected(collector_clock, offsets=None):
    """Run the probe on a host whose time service says `offsets`, or can't be asked."""

    def clock_offsets():
        if offsets is None:
            raise UnavailableError("no-time-service", "neither chrony nor timesyncd")
        return Seen(values=tuple(offsets), source="chrony", lines=("a:1",) * len(offsets))

    host = SimpleNamespace(clock_offsets=clock_offsets)
    (part,) = clock.PROBE.collect(SimpleNamespace(host=host, clock=SystemClock(), collector_clock=collector_clock))
    return part


def heard(ahead_s: float) -> CollectorClock:
    """Return what is known after one round trip of 0.2 s with this clock so far ahead of the collector's."""
    known = CollectorClock()
    known.answered(sent=1000.0, received=1000.2, theirs=1000.1 - ahead_s, round_trip_s=0.2, at=5.0)
    return known


@pytest.mark.parametrize(("ahead_s", "seconds"), [(0.4, 0), (-0.999, 0), (421.3, 421), (-90.0, -90)])
def test_the_offset_to_the_collector_is_a_fact_in_seconds_and_a_sample_to_the_millisecond(ahead_s, seconds):
    part = collected(heard(ahead_s))

    (fact,) = part.facts
    assert (fact.key, fact.clock.reference) == ("collector", "collector")
    assert fact.clock.offset.ToNanoseconds() == seconds * 10**9
    (sample,) = part.samples
    assert (sample.series, sample.key) == ("clock-offset-ms", "collector")
    assert sample.value == pytest.approx(ahead_s * 1000, abs=1)
    assert part.source == "collector"


def test_it_stands_beside_what_the_time_service_measured():
    theirs = facts_pb2.ClockOffset(reference="dc01.contoso.com")
    theirs.offset.FromMilliseconds(3200)

    part = collected(heard(2.0), [theirs])

    assert {fact.key: fact.clock.offset.seconds for fact in part.facts} == {
        "dc01.contoso.com": 3,
        "collector": 2,
    }
    assert part.source == "chrony"


def test_a_collector_that_never_answered_and_no_time_service_make_it_unknown():
    part = collected(CollectorClock())

    assert part.outcome == telemetry_pb2.PROBE_OUTCOME_UNAVAILABLE
    assert part.facts == ()


def test_a_round_trip_during_which_the_clock_was_set_is_not_used():
    known = CollectorClock()
    known.answered(sent=1000.0, received=1030.0, theirs=1000.1, round_trip_s=0.2, at=5.0)
    assert known.offset() is None
