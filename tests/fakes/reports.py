"""Full reports as the schedule makes them, and clocks that a test sets."""

import datetime as dt

from farmsight_agent.probe import Part, Probe
from farmsight_agent.reporting import full_report
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: dt.datetime = NOW) -> None:
        self.at = at
        self.seconds = 1000.0

    def now(self) -> dt.datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds


def probe(name: str = "listeners", **changes) -> Probe:
    values = {"id": name, "reads": "", "period_s": 60, "deadline_s": 5, "collect": lambda tools: iter(())}
    return Probe(**(values | changes))


def listener(port: int, process: str = "svchost") -> facts_pb2.Fact:
    value = facts_pb2.Listener(address="0.0.0.0", port=port, process_name=process)
    return facts_pb2.Fact(key=f"0.0.0.0:{port}", listener=value)


def report(*facts: facts_pb2.Fact, name: str = "listeners", part: str = "", samples: int = 0, **changes):
    some = tuple(telemetry_pb2.Sample(series="probe-duration-ms", key=name, value=n) for n in range(samples))
    seen = Part(part=part, facts=facts, samples=some, **changes)
    return full_report(probe(name), seen, started=NOW, took_s=0.1, cadence_s=60)
