"""Which instants can be asked about: those that a collector may have lived through, whoever's clock says so."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.clock import timestamp
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.queries.evaluated import EARLIEST, instant
from farmsight_wire.v1 import query_pb2

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def asked(at: datetime) -> datetime:
    return instant(query_pb2.Scope(as_of=timestamp(at)), NOW)


def test_without_an_instant_it_is_now() -> None:
    assert instant(query_pb2.Scope(), NOW) == NOW


@pytest.mark.parametrize("at", [NOW, NOW - timedelta(microseconds=1), EARLIEST], ids=str)
def test_what_was_is_asked_about_to_the_microsecond(at: datetime) -> None:
    assert asked(at) == at


def test_a_clock_that_is_a_little_ahead_means_now() -> None:
    assert asked(NOW + timedelta(seconds=20)) == NOW


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (datetime(2026, 11, 23, 10, 6, tzinfo=UTC), "has not been yet"),
        (datetime(9999, 12, 31, tzinfo=UTC), "has not been yet"),
        (datetime(1970, 1, 1, tzinfo=UTC), "before any collector ran"),
        (datetime(1, 1, 1, tzinfo=UTC), "before any collector ran"),
    ],
    ids=str,
)
def test_no_other_is_answered(at: datetime, says: str) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        asked(at)


@pytest.mark.parametrize("seconds", [2**62, -(2**62)])
def test_a_time_that_is_none_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidRequestError, match="at: "):
        instant(query_pb2.Scope(as_of=Timestamp(seconds=seconds)), NOW)
