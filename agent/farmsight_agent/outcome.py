"""How a probe run ends when it does not end in facts.

A host or a probe raises one of these; the schedule turns it into the outcome
of the report. `reason` is a machine word (lower case, hyphens), `detail` is
for people. Absence is never raised: who looked and found nothing returns
nothing.
"""

from typing import ClassVar

from farmsight_wire.v1 import telemetry_pb2


class NotObservedError(Exception):
    """Base: the run could not see what it was to see."""

    outcome: ClassVar[telemetry_pb2.ProbeOutcome.ValueType] = telemetry_pb2.PROBE_OUTCOME_FAILED

    def __init__(self, reason: str, detail: str = "", *, source: str = "") -> None:
        """Keep the machine reason, a text for people, and the source that was tried."""
        self.reason, self.detail, self.source = (_sayable(text) for text in (reason, detail, source))
        super().__init__(f"{self.reason}: {self.detail}" if detail else self.reason)


def _sayable(text: str) -> str:
    """Return text that can be sent and kept: names of strangers hold halves of characters, and NULs."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")


class NotApplicableError(NotObservedError):
    """There is nothing of this kind on such a server (not unknown: known not to apply)."""

    outcome = telemetry_pb2.PROBE_OUTCOME_NOT_APPLICABLE


class DeniedError(NotObservedError):
    """The right to look is missing."""

    outcome = telemetry_pb2.PROBE_OUTCOME_DENIED


class UnavailableError(NotObservedError):
    """The source is not there: file missing, service down, platform without it."""

    outcome = telemetry_pb2.PROBE_OUTCOME_UNAVAILABLE


class TimedOutError(NotObservedError):
    """The time limit ran out first."""

    outcome = telemetry_pb2.PROBE_OUTCOME_TIMED_OUT


class FailedError(NotObservedError):
    """Anything else, a source that can't be understood among it."""

    outcome = telemetry_pb2.PROBE_OUTCOME_FAILED
