"""Bounds and blobs on their way in, against any sender."""

import asyncio
import contextlib
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.errors import InvalidRequestError, TooMuchError
from farmsight_collector.identity import tokens
from farmsight_collector.ingest.assembly import AT_ONCE, Assembly, empty_folder
from farmsight_collector.ingest.bounds import Bucket, CallRates, InFlight
from farmsight_collector.ingest.pace import credits_at
from farmsight_wire.v1.telemetry_pb2 import BlobChunk


@given(st.lists(st.floats(min_value=0, max_value=10), max_size=50))
def test_a_bucket_gives_its_burst_and_then_its_rate_and_no_more(pauses: list[float]) -> None:
    bucket, at, taken = Bucket(2, 10, 0), 0.0, 0
    for pause in pauses:
        at += pause
        taken += sum(bucket.take(at) for _ in range(20))

    assert taken <= 10 + 2 * at


def test_addresses_that_knock_are_forgotten_before_memory_is_theirs() -> None:
    rates = CallRates(1, lambda: 0.0, most=10)

    assert rates.allows("first")
    assert not rates.allows("first")
    assert all(rates.allows(f"other {n}") for n in range(20))
    assert len(rates._buckets) == 10


async def test_room_is_waited_for_and_given_back() -> None:
    room = InFlight(100)
    assert await room.take(90, 0)
    assert not await room.take(20, 0.01)
    waiting = asyncio.create_task(room.take(20, 5))
    await asyncio.sleep(0)
    room.give_back(90)

    assert await waiting
    assert room.held == 20


async def test_a_frame_over_the_whole_bound_gets_in_alone() -> None:
    room = InFlight(10)

    assert await room.take(50, 0)
    assert not await room.take(1, 0)


def test_credits_shrink_with_the_load_and_are_never_none() -> None:
    assert [credits_at(load, 64) for load in (0, 0.49, 0.6, 0.9, 2)] == [64, 64, 16, 1, 1]
    assert credits_at(0.6, 2) == 1


@given(st.binary(min_size=1, max_size=200), st.integers(1, 50))
def test_a_blob_cut_anyhow_comes_out_whole(tmp_path_factory, data: bytes, cut: int) -> None:
    assembly = Assembly(empty_folder(tmp_path_factory.getbasetemp() / "halves"), 1000)
    sha256 = hashlib.sha256(data).digest()
    files = [
        assembly.take(BlobChunk(sha256=sha256, size=len(data), offset=start, data=data[start : start + cut]))
        for start in range(0, len(data), cut)
    ]

    assert files[:-1] == [None] * (len(files) - 1)
    assert files[-1] is not None
    assert files[-1].read_bytes() == data


@given(
    st.lists(
        st.builds(
            BlobChunk,
            sha256=st.sampled_from([b"a" * 32, b"b" * 32, b"", b"x" * 31]),
            size=st.integers(0, 120),
            offset=st.integers(0, 120),
            data=st.binary(max_size=60),
        ),
        max_size=12,
    )
)
def test_hostile_chunks_end_in_a_refusal_and_leave_no_file(tmp_path_factory, chunks: list[BlobChunk]) -> None:
    folder = empty_folder(tmp_path_factory.getbasetemp() / "hostile")
    assembly = Assembly(folder, 100)
    for chunk in chunks:
        with contextlib.suppress(InvalidRequestError, TooMuchError):
            assert assembly.take(chunk) is None, "no bytes have this hash"
    assembly.close()

    assert list(folder.iterdir()) == []


def test_half_sent_blobs_are_few_and_small(tmp_path: Path) -> None:
    assembly = Assembly(tmp_path, 100)
    with pytest.raises(TooMuchError, match="blob_bytes"):
        assembly.take(BlobChunk(sha256=b"a" * 32, size=101, data=b"x"))
    for n in range(AT_ONCE):
        assembly.take(BlobChunk(sha256=bytes([n]) * 32, size=100, data=b"x"))
    with pytest.raises(TooMuchError, match="half-sent"):
        assembly.take(BlobChunk(sha256=b"z" * 32, size=100, data=b"x"))
    (tmp_path / "left by a killed one").write_bytes(b"x")

    assert list(empty_folder(tmp_path).iterdir()) == []


@given(st.text(max_size=300) | st.text("fs1.ABCabc019-_=", max_size=120).map(lambda t: "fs1." + t))
def test_no_text_breaks_the_reader_of_tokens(text: str) -> None:
    with contextlib.suppress(tokens.TokenFormError):
        assert tokens.parse(text).text.startswith("fs1.")


@given(st.binary())
def test_a_token_survives_being_copied(ca_der: bytes) -> None:
    token = tokens.create(ca_der)

    assert tokens.parse(f"  {token.text}\n") == token
    assert token.secret.hex() not in repr(token)
