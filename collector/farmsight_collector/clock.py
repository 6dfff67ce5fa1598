"""The only reader of time in the collector, and the only converter of it.

Inside, times are aware datetimes in UTC; in the store, integers of
microseconds since 1970 UTC; on the wire, protobuf Timestamps.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from google.protobuf.timestamp_pb2 import Timestamp

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
NETWORK_DELAY: Final = timedelta(seconds=2)


class Clock(Protocol):
    """What the collector knows of time; tests hand in one that they can set."""

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


def micros(at: datetime) -> int:
    """Return an aware datetime as microseconds since 1970 UTC."""
    return (at - EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """Return microseconds since 1970 UTC as an aware datetime."""
    return EPOCH + timedelta(microseconds=value)


def timestamp(at: datetime) -> Timestamp:
    """Return an aware datetime as a protobuf Timestamp."""
    stamp = Timestamp()
    stamp.FromDatetime(at.astimezone(UTC))
    return stamp


def from_timestamp(stamp: Timestamp) -> datetime:
    """Return a protobuf Timestamp as an aware datetime.

    Raises ValueError when it is outside the years 1 to 9999, which a hostile
    sender may well send.
    """
    try:
        return EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    except OverflowError as error:
        raise ValueError(f"{stamp.seconds} s is not a time") from error


def corrected(at_agent: datetime, hello_clock: datetime, hello_received: datetime, now: datetime) -> datetime:
    """Return the collector's time of something that happened at `at_agent` by the agent's clock.

    `hello_clock` is what the agent's clock showed when the collector's showed
    `hello_received`. A difference that the way through the network explains
    is left alone, so that times do not jitter from connection to connection.
    Never later than `now`.
    """
    offset = hello_received - hello_clock
    if abs(offset) <= NETWORK_DELAY:
        return min(at_agent, now)
    try:
        return min(at_agent + offset, now)
    except OverflowError:  # a clock at the end of the calendar
        return now
