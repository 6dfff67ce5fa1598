"""A collector killed right after it acknowledged a check-in: what is known stays known."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from farmsight_collector.model.build import farm_as_of
from farmsight_collector.model.view import Coverage
from farmsight_collector.store.engine import open_store
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.digests import probe_digest
from tests.fakes.agents import Identity, Stream, enrol, full, service
from tests.fakes.serving import Served, initialise, served, token

FARM = "sts.contoso.com"


def check_in(report: telemetry_pb2.ProbeReport, *, ago: int = 0, sequence: int = 0) -> telemetry_pb2.StreamRequest:
    same = probe_digest([("", 0, report.digest)])
    ran = telemetry_pb2.ProbeRun(probe=report.probe, digest=same, seconds_ago=ago)
    made = telemetry_pb2.CheckIn(ran=[ran], sequence=sequence)
    made.clock.FromDatetime(datetime.now(UTC))
    return telemetry_pb2.StreamRequest(check_in=made)


def said(up: Served, identity: Identity, *frames: telemetry_pb2.StreamRequest, kill: bool) -> None:
    """Say each frame when the one before was acknowledged; kill the collector at the last acknowledgement."""
    with identity.channel(up.addresses["telemetry"]) as channel:
        stream = Stream(channel)
        stream.hello()
        for frame in frames:
            stream.send(frame)
            stream.until("ack")
        if kill:
            up.kill()
        stream.close()


def seen(data: Path, at: datetime) -> Coverage:
    store = open_store(f"sqlite:///{data / 'store.db'}", create=False)
    with store.read() as connection:
        (server,) = farm_as_of(connection, FARM, at).servers
    store.close()
    (coverage,) = server.coverage
    return coverage


@pytest.mark.e2e
def test_kill_9_after_an_unchanged_check_in_leaves_coverage_within_the_grace(tmp_path: Path) -> None:
    data = tmp_path / "data"
    initialise(data)
    report = full(1, service("adfssrv"), at=datetime.now(UTC) - timedelta(minutes=40))
    with served(data) as up:
        identity = enrol(up.addresses["enrolment"], up.ca_pem, token(data), "WAP01")
        # Cadence 15 minutes; the last word is what a crash may take with it.
        frames = (telemetry_pb2.StreamRequest(report=report), check_in(report, ago=900), check_in(report))
        said(up, identity, *frames, kill=True)
    now = datetime.now(UTC)
    assert now - seen(data, now).covered_until < timedelta(minutes=16)
    assert not seen(data, now + timedelta(minutes=15)).stale  # when the next run is due

    with served(data) as up:
        said(up, identity, check_in(report), kill=False)
    now = datetime.now(UTC)
    assert now - seen(data, now).covered_until < timedelta(minutes=1)


@pytest.mark.e2e
def test_a_collector_that_stops_writes_what_unchanged_check_ins_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    initialise(data)
    report = full(1, service("adfssrv"), at=datetime.now(UTC) - timedelta(minutes=40))
    with served(data) as up:
        identity = enrol(up.addresses["enrolment"], up.ca_pem, token(data), "WAP01")
        frames = (telemetry_pb2.StreamRequest(report=report), check_in(report, ago=900), check_in(report))
        said(up, identity, *frames, kill=False)
        up.process.terminate()
        assert up.process.wait(10) == 0
    now = datetime.now(UTC)
    assert now - seen(data, now).covered_until < timedelta(minutes=1)
