"""Times of agents whose clocks are wrong, and what callers are told of errors."""

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector import errors
from farmsight_collector.clock import corrected, from_timestamp, micros, moment, timestamp

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
YEARS = timedelta(days=3653)
MINUTE = timedelta(minutes=1)
FIRST, LAST = (datetime.fromisoformat(text) for text in ("0001-01-02", "9999-12-30"))
times = st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.just(UTC))


@pytest.mark.parametrize("offset", [-YEARS, YEARS, timedelta(minutes=7)])
def test_a_clock_that_is_years_off_is_shifted_by_what_was_measured(offset: timedelta) -> None:
    agent_time = NOW + offset - MINUTE
    assert corrected(agent_time, NOW + offset, NOW, NOW + MINUTE) == NOW - MINUTE


def test_the_way_through_the_network_does_not_move_times() -> None:
    hello = NOW - timedelta(milliseconds=300)
    assert corrected(NOW - MINUTE, hello, NOW, NOW) == NOW - MINUTE


@given(at_agent=times, hello=times, received=times)
def test_nothing_happens_after_it_was_told(at_agent: datetime, hello: datetime, received: datetime) -> None:
    assert corrected(at_agent, hello, received, received) <= received


@given(times)
def test_times_survive_the_store_and_the_wire(at: datetime) -> None:
    assert moment(micros(at)) == at
    assert from_timestamp(timestamp(at)) == at


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1))
def test_a_timestamp_of_a_hostile_sender_is_a_time_or_a_value_error(seconds: int, nanos: int) -> None:
    try:
        from_timestamp(Timestamp(seconds=seconds, nanos=nanos))
    except ValueError:
        assert not -62_135_596_800 <= seconds <= 253_402_300_790


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (errors.StoreFullError("/var/secret"), grpc.StatusCode.RESOURCE_EXHAUSTED, "the collector's disk is full"),
        (errors.StoreError("SELECT secret"), grpc.StatusCode.INTERNAL, errors.INTERNAL_TEXT),
        (errors.TokenError("used"), grpc.StatusCode.PERMISSION_DENIED, "the join token is used"),
        (ZeroDivisionError("secret"), grpc.StatusCode.INTERNAL, errors.INTERNAL_TEXT),
    ],
)
async def test_a_caller_is_told_the_kind_of_error_and_no_secrets(
    error: Exception, code: grpc.StatusCode, text: str
) -> None:
    """Over a real server and a real channel."""

    async def fail(_request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        async with errors.told(context):
            raise error
        return b""

    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(fail)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("t.T", {"Fail": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            async with asyncio.timeout(10):
                await channel.unary_unary("/t.T/Fail")(b"")
    await server.stop(None)
    assert (raised.value.code(), raised.value.details()) == (code, text)
