"""What a probe is.

A probe describes what to look at; the schedule owns time limits, outcomes and
repetition. `collect` yields one `Part` for each (part, context) it speaks of,
and raises a `NotObservedError` when the whole run could not look.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from farmsight_agent.outcome import NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

if TYPE_CHECKING:
    from farmsight_agent.clock import Clock
    from farmsight_agent.collector_clock import CollectorClock
    from farmsight_agent.config import Config
    from farmsight_agent.contexts.runner import ContextRunner
    from farmsight_agent.hosts.host import Host
    from farmsight_agent.selfwatch import SelfWatch

EVERY_ROLE: Final = frozenset({"adfs", "wap", "proxy", "vantage"})


class BlobSink(Protocol):
    """Where bytes that facts refer to are kept until the collector asks for them."""

    def keep(self, data: bytes | memoryview) -> bytes:
        """Store the bytes and return their SHA-256, or b"" when over the blob limit."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """All that a probe may use."""

    host: "Host"
    config: "Config"
    clock: "Clock"
    contexts: "ContextRunner"
    blobs: BlobSink
    collector_clock: "CollectorClock | None" = None  # None where no collector is spoken to
    selfwatch: "SelfWatch | None" = None  # None where nothing runs long enough to be watched


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one run saw of one part in one context."""

    part: str = ""
    context: facts_pb2.Context.ValueType = facts_pb2.CONTEXT_UNSPECIFIED
    facts: tuple[facts_pb2.Fact, ...] = ()
    samples: tuple[telemetry_pb2.Sample, ...] = ()
    outcome: telemetry_pb2.ProbeOutcome.ValueType = telemetry_pb2.PROBE_OUTCOME_OBSERVED
    reason: str = ""
    detail: str = ""
    source: str = ""


def part_not_observed(
    error: NotObservedError,
    *,
    part: str = "",
    context: facts_pb2.Context.ValueType = facts_pb2.CONTEXT_UNSPECIFIED,
) -> Part:
    """Return the part that says why it was not observed."""
    return Part(
        part=part,
        context=context,
        outcome=error.outcome,
        reason=error.reason,
        detail=error.detail,
        source=error.source,
    )


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One unit of collection: data, and one function."""

    id: str
    reads: str  # one sentence for `--help` and the docs
    parts: tuple[str, ...] = ("",)  # known beforehand; reported unknown when the whole run fails
    roles: frozenset[str] = EVERY_ROLE
    period_s: int
    deadline_s: int
    collect: Callable[[Tools], Iterator[Part]]

    def run(self, tools: Tools) -> list[Part]:
        """Look once; raises what `collect` raises, and UnavailableError where it speaks of one part twice."""
        parts = list(self.collect(tools))
        keys = [(part.part, part.context) for part in parts]
        if len(set(keys)) != len(keys):
            raise UnavailableError("part-twice", f"the probe spoke of one part twice: {keys}")
        return parts
