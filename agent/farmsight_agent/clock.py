"""The only reader of time in the agent."""

import time
from datetime import UTC, datetime
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp


class Clock(Protocol):
    """What the agent knows of time; tests hand in one that they can set."""

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds since some fixed instant, never going back."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some fixed instant, never going back."""
        return time.monotonic()


def timestamp(at: datetime) -> Timestamp:
    """Return an aware datetime as a protobuf Timestamp."""
    stamp = Timestamp()
    stamp.FromDatetime(at.astimezone(UTC))
    return stamp
