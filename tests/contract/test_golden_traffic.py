"""What each release's agent and collector really said to each other is understood by those of today.

`python -m tests.compat.record` writes a release's traffic down; `make compat`
tries the release itself.
"""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.message import Message

from farmsight_collector.model.build import farm_as_of
from farmsight_wire.v1.telemetry_pb2 import StreamRequest, StreamResponse
from tests.fakes.agents import Stream
from tests.fakes.live_collector import Running, initialise, running

GOLDEN = Path(__file__).with_name("golden")
RELEASES = sorted(folder.name for folder in GOLDEN.iterdir())
DAY = ("first", "unchanged", "changed")


def frames(release: str, step: str, who: str) -> list[bytes]:
    return [base64.b64decode(line) for line in (GOLDEN / release / f"{step}-{who}.txt").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("collector") / "data"
    initialise(data)
    with running(data) as up:
        yield up


def replay(stream: Stream, said: list[bytes]) -> list[str]:
    """Say it all again, waiting for each report's commit; returns the kinds of the answers."""
    answers = []
    for raw in said:
        frame = StreamRequest.FromString(raw)
        kind = frame.WhichOneof("frame")
        stream.send(raw)
        if kind == "hello":
            stream.until("welcome")
        elif kind == "report":
            answers.append(_settled(stream, frame.report.sequence))
        elif kind == "check_in" and frame.check_in.sequence:
            answers.append(_settled(stream, frame.check_in.sequence))
    return answers


def _settled(stream: Stream, sequence: int) -> str:
    while True:
        answer = stream.receive()
        if answer.WhichOneof("frame") == "refused" and answer.refused.sequence == sequence:
            return f"refused: {answer.refused.detail}"
        ack = answer.ack
        if answer.WhichOneof("frame") == "ack" and (ack.durable_up_to >= sequence or sequence in ack.durable_beyond):
            return "durable"


@pytest.mark.parametrize("release", RELEASES)
def test_all_that_a_released_agent_said_is_taken_and_kept(collector: Running, release: str) -> None:
    me = collector.enrol(f"WAP-{release.replace('.', '-')}")
    for step in DAY:
        with collector.stream(me) as stream:
            answers = replay(stream, frames(release, step, "agent"))
        assert set(answers) == {"durable"}, (step, answers)
    with collector.store.read() as connection:
        farm = farm_as_of(connection, "sts.contoso.com", collector.clock.now())
    (server,) = [one for one in farm.servers if one.agent_version == release]
    urls = {held.fact.key for held in server.facts["url-reservation"]}
    assert any(":49444/" in url for url in urls), urls  # the change arrived, and took the place of what was
    assert not any(":49443/" in url for url in urls), urls


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_that_either_side_of_a_release_said_is_unknown_today(release: str) -> None:
    kinds: dict[str, type[Message]] = {"agent": StreamRequest, "collector": StreamResponse}
    for step in DAY:
        for who, kind in kinds.items():
            for raw in frames(release, step, who):
                frame = kind.FromString(raw)
                frame.DiscardUnknownFields()  # type: ignore[attr-defined, unused-ignore]
                assert frame.ByteSize() == len(raw), (step, who, frame)


def test_a_days_traffic_has_all_that_a_day_has() -> None:
    said = {StreamRequest.FromString(raw).WhichOneof("frame") for raw in frames(RELEASES[0], "first", "agent")}
    assert said >= {"hello", "report", "check_in"}
    changed = [StreamRequest.FromString(raw) for raw in frames(RELEASES[0], "changed", "agent")]
    assert [one.report.probe for one in changed if one.HasField("report")], "the change was not told"
