"""What streams hand to the writer, and what they are told after the commit."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from farmsight_collector.store.agents import AgentRow, Seen
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.telemetry_pb2 import RefusalReason


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A frame that was not taken, in the words that its sender gets."""

    sequence: int
    reason: RefusalReason.ValueType
    detail: str


@dataclass(kw_only=True, slots=True)
class Settled:
    """What became of one sender's frames in one commit."""

    durable_up_to: int | None = None  # None: what is durable is what it was
    durable_beyond: tuple[int, ...] = ()
    refused: list[Refusal] = field(default_factory=list)
    snapshots: list[telemetry_pb2.WantSnapshot] = field(default_factory=list)
    missing_blobs: list[bytes] = field(default_factory=list)
    stored_blobs: list[bytes] = field(default_factory=list)
    greeted: bool = False
    size: int = 0  # bytes that are no longer in flight
    frames: int = 0


class Sender(Protocol):
    """One stream, as the writer knows it. `settled` and `stalled` are called on the event loop."""

    @property
    def agent(self) -> AgentRow:
        """Return who speaks."""

    @property
    def epoch(self) -> int:
        """Return the epoch of its spool."""

    def settled(self, told: Settled) -> None:
        """Take note that frames are committed (or refused for good)."""

    def stalled(self, retry_after_s: float) -> None:
        """Take note that the store can't commit just now and the frames are kept and tried again."""

    def lost(self) -> None:
        """Take note that frames are gone without an acknowledgement and must be sent again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Greeting:
    """A stream begins: numbers below `oldest` will never come."""

    sender: Sender
    seen: Seen
    oldest: int
    size: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A probe report; `at` is when it ran, by the collector's clock."""

    sender: Sender
    report: telemetry_pb2.ProbeReport
    at: datetime
    received: datetime
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckIn:
    """A check-in; `at` by the collector's clock."""

    sender: Sender
    check_in: telemetry_pb2.CheckIn
    at: datetime
    seen: Seen | None  # when it is time to note that the agent lives
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Blob:
    """A blob that came whole, in a file that the writer removes."""

    sender: Sender
    sha256: bytes
    file: Path
    received: datetime
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Poison:
    """A frame that breaks the contract: kept for inspection, and its number is done with."""

    sender: Sender
    refusal: Refusal
    data: bytes
    received: datetime
    size: int


Work = Greeting | Report | CheckIn | Blob | Poison
