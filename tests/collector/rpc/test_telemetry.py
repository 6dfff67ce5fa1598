"""Streams of agents over real mTLS: what is acknowledged is committed, what breaks the contract is refused."""

import errno
import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from farmsight_collector.config import Bounds
from farmsight_collector.ingest.assembly import Assembly
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.store import agents, audit, blobs, quarantine
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from tests.fakes.agents import EPOCH, blob_chunks, full, host, service
from tests.fakes.live_collector import FARM, Running, running


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("collector") / "data") as up:
        yield up


def held(collector: Running, server: str, kind: str = "service") -> set[str]:
    with collector.store.read() as connection:
        farm = farm_as_of(connection, FARM, datetime.now(UTC))
        return {fact.key for fact in farm.server(server).facts.get(kind, ())}


def test_a_report_is_in_the_store_when_it_is_acknowledged(collector: Running) -> None:
    identity = collector.enrol("ACK01")
    with collector.stream(identity) as stream:
        welcome = stream.hello()
        assert (welcome.farm, welcome.server, welcome.role) == (FARM, "ACK01", "wap")
        assert welcome.pace.credits > 0
        stream.report(full(1, service("adfssrv")))
        stream.until_durable(1)

        assert held(collector, "ACK01") == {"adfssrv"}


def test_replayed_frames_have_their_effect_once(collector: Running) -> None:
    identity = collector.enrol("REPLAY01")
    with collector.stream(identity) as stream:
        stream.hello()
        stream.report(full(1, service("one")))
        stream.report(full(2, service("one"), service("two")))
        stream.until_durable(2)
    before = collector.counts()
    with collector.stream(identity) as stream:
        assert stream.hello().durable_up_to == 2
        stream.report(full(1, service("one")))
        stream.report(full(2, service("one"), service("two")))
        stream.until_durable(2)
        stream.report(full(3, service("three")))
        stream.until_durable(3)

    assert held(collector, "REPLAY01") == {"three"}
    after = collector.counts()
    assert after["reports_duplicate"] - before["reports_duplicate"] == 2
    assert after["reports_applied"] - before["reports_applied"] == 1


def test_numbers_that_are_gone_from_the_spool_are_not_waited_for(collector: Running) -> None:
    with collector.stream(collector.enrol("GAP01")) as stream:
        assert stream.hello(oldest=41).durable_up_to == 40
        stream.report(full(43, service("newest")))
        ack = stream.until_durable(43)
        assert (ack.durable_up_to, list(ack.durable_beyond)) == (40, [43])
        stream.report(full(41))
        stream.report(full(42))
        assert stream.until_durable(42).durable_up_to == 43


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        pytest.param(b"\xff\xfe garbage", "no StreamRequest", id="garbage"),
        pytest.param(b"", "none that is known", id="empty"),
        pytest.param(telemetry_pb2.StreamRequest(hello=telemetry_pb2.Hello()), "only as the first", id="hello-again"),
        pytest.param(blob_chunks(b"nobody asked")[0], "not asked for", id="unasked-blob"),
    ],
)
def test_a_poison_frame_is_refused_kept_and_never_stops_the_stream(collector: Running, frame, says: str) -> None:
    identity = collector.enrol(f"POISON-{says[:2].strip()}{len(says)}")
    before = collector.counts()["refused_invalid"]
    with collector.stream(identity) as stream:
        stream.hello()
        stream.send(frame)
        refused = stream.until("refused").refused
        assert refused.reason == telemetry_pb2.REFUSAL_REASON_INVALID
        assert says in refused.detail
        stream.report(full(1, service("after")))
        stream.until_durable(1)

    assert collector.counts()["refused_invalid"] == before + 1
    with collector.store.read() as connection:
        kept = [row for row in quarantine.frames(connection) if row.agent_id == identity.agent_id]
    assert len(kept) == 1
    assert says in kept[0].reason


def test_a_report_with_a_wrong_digest_is_refused_and_its_number_done_with(collector: Running) -> None:
    with collector.stream(collector.enrol("DIGEST01")) as stream:
        stream.hello()
        bad = full(1, service("x"))
        bad.digest = b"\0" * 32
        stream.report(bad)
        refused = stream.until("refused").refused
        assert refused.sequence == 1
        assert "digest" in refused.detail
        stream.report(full(2, service("y")))
        assert stream.until_durable(2).durable_up_to == 2


def test_a_time_that_is_none_is_refused_by_its_field(collector: Running) -> None:
    with collector.stream(collector.enrol("TIME01")) as stream:
        stream.hello()
        bad = full(1, service("x"))
        bad.started.seconds = 2**62
        stream.report(bad)
        assert "report.started" in stream.until("refused").refused.detail


def test_the_facts_of_a_forged_host_stay_with_the_server_of_the_certificate(collector: Running) -> None:
    identity = collector.enrol("WAP07")
    before = collector.counts()["forged_host_names"]
    with collector.stream(identity) as stream:
        stream.hello()
        stream.report(full(1, host("STS01"), probe="host"))
        stream.until_durable(1)

    assert held(collector, "WAP07", "host") == {"STS01"}
    assert collector.counts()["forged_host_names"] == before + 1
    with collector.store.read() as connection:
        assert "STS01" not in {agent.server for agent in agents.agents(connection)}
        noted = [row for row in audit.entries(connection) if row.action == "agent.forged-host-name"]
    assert noted[0].target == "WAP07"


@pytest.mark.parametrize("years", [-10, 10])
def test_an_agent_ten_years_off_is_put_right_by_its_offset(collector: Running, years: int) -> None:
    identity = collector.enrol(f"CLOCK{years + 20}")
    wrong = datetime.now(UTC) + timedelta(days=365 * years)
    with collector.stream(identity) as stream:
        stream.hello(clock=wrong)
        stream.report(full(1, service("spooler"), at=wrong - timedelta(minutes=1)))
        stream.until_durable(1)

    with collector.store.read() as connection:
        agent = agents.agent_by_id(connection, identity.agent_id)
        farm = farm_as_of(connection, FARM, datetime.now(UTC))
    assert agent is not None
    assert abs(agent.clock_offset_us / 1e6 - 365 * 86400 * years) < 5
    began = farm.server(identity.server).facts["service"][0].began
    assert abs((datetime.now(UTC) - timedelta(minutes=1) - began).total_seconds()) < 10


def test_a_delta_on_a_state_that_is_not_here_asks_for_all_of_it(collector: Running) -> None:
    with collector.stream(collector.enrol("DELTA01")) as stream:
        stream.hello()
        delta = full(1, service("x"))
        delta.full = False
        delta.base_digest = hashlib.sha256(b"elsewhere").digest()
        stream.report(delta)
        assert stream.until("refused").refused.reason == telemetry_pb2.REFUSAL_REASON_BASE_UNKNOWN
        assert stream.until("want_snapshot").want_snapshot.probe == "services"
        stream.report(full(2, service("x")))
        stream.until_durable(2)


def test_a_check_in_of_another_state_asks_for_the_whole_probe(collector: Running) -> None:
    with collector.stream(collector.enrol("CHECKIN01")) as stream:
        stream.hello()
        check_in = telemetry_pb2.CheckIn(ran=[telemetry_pb2.ProbeRun(probe="services", digest=4711)])
        check_in.clock.FromDatetime(datetime.now(UTC))
        stream.send(telemetry_pb2.StreamRequest(check_in=check_in))
        wanted = stream.until("want_snapshot").want_snapshot
        assert (wanted.probe, wanted.whole_probe) == ("services", True)


def test_a_blob_that_facts_name_is_asked_for_and_stored_whole(collector: Running) -> None:
    data = bytes(range(256)) * 10_000
    sha256 = hashlib.sha256(data).digest()
    with collector.stream(collector.enrol("BLOB01")) as stream:
        stream.hello()
        certificate = facts_pb2.StoreCertificate(
            store="ROOT", certificate=facts_pb2.CertificateSummary(blob_sha256=sha256)
        )
        fact = facts_pb2.Fact(key="ROOT/" + "ab" * 20, store_certificate=certificate)
        report = full(1, fact, probe="certificate-stores")
        report.part = "ROOT"
        stream.report(report)
        assert list(stream.until("want_blobs").want_blobs.sha256) == [sha256]
        for chunk in blob_chunks(data, 1 << 19):
            stream.send(chunk)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with collector.store.read() as connection:
                if blobs.get(connection, sha256) == data:
                    return
            time.sleep(0.05)
        pytest.fail("the blob did not come")


def test_a_blob_that_the_disk_does_not_take_is_counted_and_asked_for_again(
    collector: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytes(range(256)) * 100
    sha256 = hashlib.sha256(data).digest()
    certificate = facts_pb2.StoreCertificate(store="CA", certificate=facts_pb2.CertificateSummary(blob_sha256=sha256))
    report = full(1, facts_pb2.Fact(key="CA/" + "cd" * 20, store_certificate=certificate), probe="certificate-stores")
    report.part = "CA"
    identity = collector.enrol("BLOB02")

    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, collector.stream(identity) as stream:
        patched.setattr(Assembly, "take", full_disk)
        stream.hello()
        stream.report(report)
        assert list(stream.until("want_blobs").want_blobs.sha256) == [sha256]
        stream.send(blob_chunks(data)[0])
        stream.report(full(2, service("after")))
        stream.until_durable(2)
        assert collector.counts()["blobs_not_kept"] == 1
    with collector.stream(identity) as stream:
        stream.hello()
        assert list(stream.until("want_blobs").want_blobs.sha256) == [sha256]


def test_the_first_frame_must_be_hello(collector: Running) -> None:
    with collector.stream(collector.enrol("RUDE01")) as stream:
        stream.report(full(1))
        assert stream.end() is grpc.StatusCode.INVALID_ARGUMENT
        assert "hello" in stream.call.details()


def test_a_second_stream_of_the_same_agent_ends_the_first(collector: Running) -> None:
    identity = collector.enrol("TWICE01")
    before = collector.counts()["streams_replaced"]
    with collector.stream(identity) as first, collector.stream(identity) as second:
        first.hello()
        second.hello()
        assert first.end() is grpc.StatusCode.ABORTED
        second.report(full(1, service("x")))
        second.until_durable(1)
    assert collector.counts()["streams_replaced"] == before + 1


def test_frames_over_the_size_bound_are_refused_by_the_bounds_name(tmp_path: Path) -> None:
    with running(tmp_path / "data", bounds=Bounds(frame_bytes=4096)) as collector:
        with collector.stream(collector.enrol()) as stream:
            assert stream.hello().max_frame_bytes == 4096
            stream.report(full(1, *(service(f"service-{n:040}") for n in range(60))))
            refused = stream.until("refused").refused
            assert (refused.sequence, refused.reason) == (1, telemetry_pb2.REFUSAL_REASON_TOO_LARGE)
            assert "4096 bytes (frame_bytes)" in refused.detail
            stream.report(full(2, service("small")))
            assert stream.until_durable(2).durable_up_to == 2
            stream.send(b"\0" * 100_000)
            assert stream.end() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert collector.counts()["refused_too_large"] == 1


def test_a_flood_is_slowed_and_then_ended_by_the_bounds_name(tmp_path: Path) -> None:
    bounds = Bounds(agent_frames_per_second=1, agent_burst_frames=20)
    with running(tmp_path / "data", bounds=bounds) as collector:
        with collector.stream(collector.enrol()) as stream:
            stream.hello()
            for sequence in range(1, 60):
                stream.report(full(sequence, service(f"s{sequence}")))
            paced = stream.until("pace").pace
            assert paced.credits == 1
            assert paced.retry_after.ToMilliseconds() > 0
            assert stream.end() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert "agent_frames_per_second" in stream.call.details()
        assert collector.counts()["refused_rate"] == 1


def test_a_revoked_agent_is_cut_off_an_open_stream_within_seconds(collector: Running) -> None:
    identity = collector.enrol("GONE01")
    before_cut = collector.counts()
    with collector.stream(identity) as stream:
        stream.hello()
        with collector.store.write() as connection:
            assert agents.revoke(connection, identity.agent_id, datetime.now(UTC))
        began = time.monotonic()
        assert stream.end() is grpc.StatusCode.UNAUTHENTICATED
        assert "revoked" in stream.call.details()
        assert time.monotonic() - began < 5
    with collector.stream(identity) as stream:
        stream.send(b"")
        assert stream.end() is grpc.StatusCode.UNAUTHENTICATED
    after = collector.counts()
    assert after["streams_cut"] == before_cut["streams_cut"] + 1
    assert after["refused_identity"] == before_cut["refused_identity"] + 1


def test_a_new_epoch_begins_its_own_numbers(collector: Running) -> None:
    identity = collector.enrol("EPOCH01")
    with collector.stream(identity) as stream:
        stream.hello()
        stream.report(full(1, service("x")))
        stream.until_durable(1)
    with collector.stream(identity) as stream:
        assert stream.hello(epoch=EPOCH + 1).durable_up_to == 0
        stream.report(full(1, service("y")))
        stream.until_durable(1)

    assert held(collector, "EPOCH01") == {"y"}
