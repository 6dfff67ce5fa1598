"""A collector killed with -9 at any instant: what it acknowledged is there, what is sent again counts once."""

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from sqlalchemy import func, select

from farmsight_collector.store import schema
from farmsight_collector.store.engine import open_store
from tests.fakes.agents import Identity, Stream, enrol, full, service
from tests.fakes.serving import Served, initialise, served, token

REPORTS = 400


def reports():
    begin = datetime.now(UTC) - timedelta(hours=2)
    return [full(n, service(f"s{n:04}"), at=begin + timedelta(seconds=n)) for n in range(1, REPORTS + 1)]


def stream_until(up: Served, identity: Identity, all_reports, acks_before_kill: int | None) -> int:
    """Send what the collector lacks; kill it after so many acknowledgements. Returns what it acknowledged."""
    acknowledged = 0
    with identity.channel(up.addresses["telemetry"]) as channel:
        stream = Stream(channel)
        try:
            acknowledged = stream.hello().durable_up_to
            for report in all_reports[acknowledged:]:
                stream.report(report)
            seen = 0
            while acknowledged < REPORTS:
                acknowledged = max(acknowledged, stream.until("ack").ack.durable_up_to)
                seen += 1
                if acks_before_kill is not None and seen >= acks_before_kill:
                    up.kill()
                    acks_before_kill = None
        except grpc.RpcError:
            pass
        finally:
            stream.close()
    return acknowledged


@pytest.mark.e2e
def test_kill_9_during_ingest_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    initialise(data)
    all_reports, acknowledged = reports(), 0
    identity = None
    for acks in (1, random.randint(2, 4), None):
        with served(data) as up:
            identity = identity or enrol(up.addresses["enrolment"], up.ca_pem, token(data), "WAP01")
            now = stream_until(up, identity, all_reports, acks)
            assert now >= acknowledged, "an acknowledged report is gone"
            acknowledged = now

    assert acknowledged == REPORTS
    store = open_store(f"sqlite:///{data / 'store.db'}", create=False)
    with store.read() as connection:
        counts = {  # noqa: C416 - a result has keys(), which dict() would take it for a mapping by
            key: count
            for key, count in connection.execute(select(schema.facts.c.key, func.count()).group_by(schema.facts.c.key))
        }
        runs = connection.scalar(select(func.count()).select_from(schema.coverage))
    store.close()
    assert counts == {f"s{n:04}": 1 for n in range(1, REPORTS + 1)}
    assert runs == REPORTS


@pytest.mark.e2e
def test_sigterm_stops_within_five_seconds_with_streams_open(tmp_path: Path) -> None:
    data = tmp_path / "data"
    initialise(data)
    with served(data) as up:
        identity = enrol(up.addresses["enrolment"], up.ca_pem, token(data), "WAP01")
        with identity.channel(up.addresses["telemetry"]) as channel:
            stream = Stream(channel)
            stream.hello()
            began = time.monotonic()
            up.process.terminate()
            assert up.process.wait(10) == 0
            assert time.monotonic() - began < 5
            assert stream.end() is grpc.StatusCode.UNAVAILABLE
            assert "stopping" in stream.call.details()
            stream.close()
    assert not (data / "query-address").exists()
