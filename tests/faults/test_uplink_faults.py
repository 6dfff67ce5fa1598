"""The uplink against a collector of real TLS: cuts, refusals, wishes, renewal, lapse."""

import contextlib
import datetime as dt
import socket
import threading
import time

import pytest

from farmsight_agent.clock import SystemClock
from farmsight_agent.collector_clock import CollectorClock
from farmsight_agent.config import load
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.identity import IdentityStore
from farmsight_agent.identity_child import RunningIdentity
from farmsight_agent.probes import PROBES
from farmsight_agent.schedule import ProbeRun
from farmsight_agent.spool import Spool
from farmsight_agent.uplink import Uplink
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.telemetry_pb2 import StreamResponse
from tests.fakes.collectors import collector_with_agent
from tests.fakes.reports import listener, report


class NoSchedule:
    """Stands for probes that a test runs by hand."""

    platform = "linux"

    def __init__(self):
        self.runs = []
        self.cadence = {}

    def unchanged_runs(self):
        runs, self.runs = self.runs, []
        return runs

    def put_back(self, runs):
        self.runs += runs

    def set_cadence(self, probe, seconds):
        self.cadence[probe] = seconds


class Side:
    """The agent's side: spool and uplink, the uplink on its own thread."""

    def __init__(self, state_dir):
        config = load(state_dir / "agent.toml")
        self.clock = CollectorClock()
        self.spool = Spool(state_dir / "spool.db", limit_bytes=8 << 20, blob_limit=1 << 20, clock=SystemClock())
        self.identity = RunningIdentity(state_dir, ContextRunner(self.spool, blob_limit=1 << 20))
        self.schedule = NoSchedule()
        self.uplink = Uplink(config, self.identity, self.spool, self.schedule, SystemClock(), self.clock)
        self.spool.on_change = self.uplink.notify
        self.thread = threading.Thread(target=self.uplink.run, daemon=True)

    def stop(self):
        self.uplink.stop()
        if self.thread.is_alive():
            self.thread.join(10)
            assert not self.thread.is_alive()
        self.spool.close()

    def settled(self):
        ends = time.monotonic() + 10
        while self.spool.size()[1] and time.monotonic() < ends:
            time.sleep(0.01)
        return self.spool.size()[1] == 0


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setattr("farmsight_agent.uplink._FIRST_WAIT_S", 0.2)
    with collector_with_agent(tmp_path) as (collector, port, enrolment_port):
        side = Side(tmp_path)
        yield collector, side, port, enrolment_port
        side.stop()


def answer(**frame):
    return [StreamResponse(**frame)]


def test_reports_are_forgotten_only_when_the_collector_says_that_they_are_durable(lab):
    collector, side, *_ = lab
    collector.on_frame = lambda frame: [] if frame.HasField("report") else None
    side.spool.record([report(listener(443))])
    side.thread.start()
    collector.wait_for(lambda: len(collector.reports()) == 1)
    assert side.spool.size()[1] == 1

    collector.on_frame = lambda frame: None
    side.spool.record([report(listener(80), name="services")])
    assert collector.wait_for(lambda: len(collector.reports()) == 2) is None


def test_a_cut_stream_is_taken_up_again_and_a_report_sent_twice_keeps_its_sequence(lab):
    collector, side, port, enrolment_port = lab
    collector.on_frame = lambda frame: [] if frame.HasField("report") else None
    side.spool.record([report(listener(443))])
    side.thread.start()
    collector.wait_for(lambda: len(collector.reports()) == 1)

    collector.stop()
    side.spool.record([report(listener(80))])
    collector.on_frame = lambda frame: None
    collector.start(port, enrolment_port)

    assert side.settled()
    assert [r.sequence for r in collector.reports()] == [1, 2, 1]
    assert {h.epoch for h in collector.hellos} == {side.spool.epoch}
    assert len({h.boot for h in collector.hellos}) == 1


def test_credits_bound_what_is_under_way(lab):
    collector, side, *_ = lab
    collector.credits = 2
    collector.on_frame = lambda frame: [] if frame.HasField("report") else None
    side.spool.record([report(listener(n + 1), name=f"probe-{n}") for n in range(6)])
    side.thread.start()
    collector.wait_for(lambda: len(collector.reports()) == 2)
    time.sleep(0.3)
    assert len(collector.reports()) == 2


def test_blobs_are_sent_in_chunks_when_asked_for_and_unknown_ones_are_passed_over(lab):
    collector, side, *_ = lab
    data = bytes(range(256)) * 3000
    digest = side.spool.keep(data)
    collector.want_blobs = [b"?" * 32, digest]
    side.spool.record([report(listener(443))])
    side.thread.start()
    collector.wait_for(lambda: len(collector.blobs.get(digest, b"")) == len(data))
    assert max(len(f.blob.data) for f in collector.frames) == 256 * 1024


def test_a_collector_without_the_base_gets_the_whole_state_under_a_new_sequence(lab):
    collector, side, *_ = lab
    many = [listener(port) for port in range(1000, 1050)]
    side.spool.record([report(*many)])
    side.thread.start()
    assert side.settled()

    def refuse_changes(frame):
        if not frame.HasField("report") or frame.report.full:
            return None
        reason = telemetry_pb2.REFUSAL_REASON_BASE_UNKNOWN
        refused = telemetry_pb2.Refused(sequence=frame.report.sequence, reason=reason)
        return answer(refused=refused)

    collector.on_frame = refuse_changes
    side.spool.record([report(*many, listener(49443))])

    collector.wait_for(lambda: len(collector.reports()) == 3)
    assert side.settled()
    assert [(r.sequence, r.full) for r in collector.reports()] == [(1, True), (2, False), (3, True)]
    assert side.spool.refused == 1


def test_a_report_that_can_not_be_taken_turns_into_an_unknown_not_into_an_old_truth(lab):
    collector, side, *_ = lab

    def refuse_facts(frame):
        if not frame.HasField("report") or not frame.report.facts:
            return None
        refused = telemetry_pb2.Refused(
            sequence=frame.report.sequence, reason=telemetry_pb2.REFUSAL_REASON_TOO_LARGE, detail="frame over 4 MiB"
        )
        return answer(refused=refused)

    collector.on_frame = refuse_facts
    side.spool.record([report(listener(443))])
    side.thread.start()

    collector.wait_for(lambda: len(collector.reports()) == 2)
    last = collector.reports()[-1]
    assert (last.outcome, last.reason) == (telemetry_pb2.PROBE_OUTCOME_FAILED, "refused-by-collector")
    assert "4 MiB" in last.detail
    assert side.settled()


def test_an_unchanged_probe_costs_one_small_check_in(lab):
    collector, side, *_ = lab
    side.spool.record([report(listener(443))])
    side.thread.start()
    assert side.settled()
    side.schedule.runs = [ProbeRun(probe="listeners", ended=time.monotonic())]
    side.uplink._conversation._next_check_in = 0
    side.uplink.notify()

    collector.wait_for(lambda: any(f.check_in.ran for f in collector.frames))
    (frame,) = (f for f in collector.frames if f.check_in.ran)
    assert frame.ByteSize() < 100


class Relay:
    """Passes one connection on and counts the bytes that go up, TLS and all."""

    def __init__(self, port):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = port
        self.port = self._listener.getsockname()[1]
        self.up = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        below, _ = self._listener.accept()
        above = socket.create_connection(("127.0.0.1", self._port))
        threading.Thread(target=self._pass, args=(above, below), daemon=True).start()
        self._pass(below, above, counts=True)

    def _pass(self, source, target, counts=False):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.up += len(data) * counts
                target.sendall(data)
        target.close()

    def quiet(self):
        """Return the bytes so far, once a quarter of a second has passed without one."""
        before = -1
        while before != self.up:
            before = self.up
            time.sleep(0.25)
        return self.up


def test_a_check_in_without_news_is_at_most_400_bytes_on_the_wire(tmp_path):
    """Also when every probe ran since the last one; what does not fit follows with the next."""
    with collector_with_agent(tmp_path) as (collector, port, _):
        relay = Relay(port)
        text = (tmp_path / "agent.toml").read_text().replace(f"127.0.0.1:{port}", f"127.0.0.1:{relay.port}")
        (tmp_path / "agent.toml").write_text(text)
        side = Side(tmp_path)
        names = [probe.id for probe in PROBES]
        side.spool.record([report(listener(443), name=name) for name in names])
        side.thread.start()
        assert side.settled()
        before = relay.quiet()
        side.spool._samples.append(telemetry_pb2.Sample(series="agent-rss-bytes", key="-", value=1.0))
        side.schedule.runs = [ProbeRun(probe=name, ended=time.monotonic() - 100) for name in names]
        costs = []
        while side.schedule.runs:
            side.uplink._conversation._next_check_in = 0
            side.uplink.notify()
            after = relay.quiet()
            costs.append(after - before)
            before = after

        assert {run.probe for frame in collector.frames for run in frame.check_in.ran} == set(names)
        assert not any(frame.check_in.samples for frame in collector.frames), "samples wait for their batch"
        assert max(costs) <= 400, costs
        side.stop()


def test_a_snapshot_of_everything_and_a_cadence_are_obeyed(lab):
    collector, side, *_ = lab
    side.spool.record([report(listener(443)), report(listener(1), name="services")])
    want = StreamResponse(want_snapshot=telemetry_pb2.WantSnapshot())
    cadence = telemetry_pb2.Cadence(probe="listeners")
    cadence.every.seconds = 5
    asked = []

    def ask_once(frame):
        if frame.HasField("check_in") and not asked:
            asked.append(1)
            return [want, StreamResponse(cadence=cadence), want]
        return None

    collector.on_frame = ask_once
    side.thread.start()
    collector.wait_for(lambda: len(collector.reports()) == 4)
    assert side.settled()
    assert [r.sequence for r in collector.reports()] == [1, 2, 3, 4]
    assert side.schedule.cadence == {"listeners": 5}


def test_the_distance_to_the_collectors_clock_is_learnt(lab):
    collector, side, *_ = lab
    collector.clock_ahead = dt.timedelta(minutes=7)
    side.thread.start()
    collector.wait_for(lambda: bool(collector.hellos))
    time.sleep(0.3)
    assert side.clock.offset().offset_s == pytest.approx(-420, abs=1)


def test_an_acknowledgement_of_what_was_never_said_is_ignored(lab):
    collector, side, *_ = lab
    collector.on_frame = lambda frame: (
        answer(ack=telemetry_pb2.Ack(durable_up_to=1 << 40)) if frame.HasField("report") else None
    )
    side.spool.record([report(listener(443))])
    side.thread.start()
    collector.wait_for(lambda: len(collector.reports()) == 1)
    time.sleep(0.2)
    assert side.spool.size()[1] == 1


def test_a_certificate_past_half_its_life_is_renewed_before_the_stream_opens(tmp_path):
    with collector_with_agent(tmp_path) as (collector, *_):
        collector.life = dt.timedelta(minutes=2)  # begun five minutes ago: past half
        identity = IdentityStore(tmp_path)
        identity.accept(collector._identity(identity.csr()))
        before = identity.certificate().serial_number
        collector.life = dt.timedelta(days=7)
        side = Side(tmp_path)
        side.spool.record([report(listener(443))])

        assert side.uplink.deliver(20)

        assert collector.renewals == 1
        assert identity.certificate().serial_number != before
        side.stop()


def test_a_lapsed_agent_comes_back_only_after_an_approval(tmp_path, monkeypatch):
    monkeypatch.setattr("farmsight_agent.uplink._ASK_AGAIN_S", 0.2)
    monkeypatch.setattr("farmsight_agent.uplink._FIRST_WAIT_S", 0.2)
    with collector_with_agent(tmp_path) as (collector, *_):
        identity = IdentityStore(tmp_path)
        collector.life = dt.timedelta(seconds=-60)
        identity.accept(collector._identity(identity.csr()))
        collector.life = dt.timedelta(days=7)
        side = Side(tmp_path)
        side.spool.record([report(listener(443))])
        side.thread.start()
        ends = time.monotonic() + 10
        while not (collector.recoveries and side.uplink.trouble.text) and time.monotonic() < ends:
            time.sleep(0.01)
        assert not collector.hellos
        assert "approve" in side.uplink.trouble.text

        collector.approved = True

        collector.wait_for(lambda: len(collector.reports()) == 1)
        assert side.settled()
        side.stop()


def test_with_several_collectors_the_next_is_tried_when_one_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr("farmsight_agent.uplink._FIRST_WAIT_S", 0.2)
    with collector_with_agent(tmp_path) as _:
        text = (tmp_path / "agent.toml").read_text().replace("collectors = [", 'collectors = ["127.0.0.1:1", ')
        (tmp_path / "agent.toml").write_text(text)
        side = Side(tmp_path)
        side.uplink._next_address = 0
        side.spool.record([report(listener(443))])
        assert side.uplink.deliver(20)
        side.stop()


def test_waits_between_attempts_are_random_and_grow_to_a_minute(lab, monkeypatch):
    _, side, *_ = lab
    monkeypatch.setattr("farmsight_agent.uplink._FIRST_WAIT_S", 2.0)
    waits = [side.uplink._pause(20) for _ in range(200)]
    assert 30 < max(waits) <= 60
    assert min(waits) < 30
    assert len(set(waits)) > 100
    assert max(side.uplink._pause(0) for _ in range(200)) <= 2


def test_when_the_spool_leaves_the_disk_a_new_stream_with_the_new_epoch_begins(lab, monkeypatch):
    collector, side, *_ = lab
    side.spool.record([report(listener(443))])
    side.thread.start()
    assert side.settled()
    old = side.spool.epoch
    monkeypatch.setattr(side.spool, "tend", lambda: None)  # this disk is writable; let it seem full
    side.spool._leave_disk(OSError("disk full"))

    side.spool.record([report(listener(80))])

    collector.wait_for(lambda: len(collector.hellos) == 2)
    assert side.settled()
    assert [hello.epoch for hello in collector.hellos] == [old, side.spool.epoch]
    assert len(collector.durable) == 3
