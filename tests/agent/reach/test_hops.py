"""For every way in which a collector is not reached, `doctor` names the hop, the cause, and what to do."""

import datetime as dt
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from farmsight_agent import doctor
from farmsight_agent.enroll import enroll
from farmsight_agent.identity import IdentityStore
from farmsight_agent.reach import tunnel
from farmsight_agent.reach.hop import HopError
from farmsight_collector.store import agents
from farmsight_wire.v1 import enrolment_pb2
from tests.fakes.collectors import FakeCa, FakeCollector, collector_with_agent
from tests.fakes.hops import examined, failing, hop
from tests.fakes.live_collector import Running, on_one_port
from tests.fakes.tls_ports import answering, saying, showing

AGENT = [sys.executable, "-m", "farmsight_agent.cli"]
SERVER = "collector.farmsight"


def test_a_way_that_is_well_is_shown_hop_by_hop(collector: Running, state: Path) -> None:
    address = collector.addresses["telemetry"]
    steps = examined(state, address)

    assert {step.state for step in steps.values()} == {"ok"}
    assert [hop(step) for step in steps.values()] == [
        "name resolves",
        "TCP",
        "TLS with the pinned CA",
        "certificate accepted",
        "hello answered over mTLS",
        "clock",
        "protocol version",
    ]
    from farmsight_collector.version import VERSION

    assert f"collector {VERSION}" in steps[f"protocol version ({address})"].says
    assert doctor.collectors(list(steps.values())) == [{"address": address, "state": "ok", "fails_at": None}]


def test_a_name_that_is_not_known(state: Path) -> None:
    step = failing(examined(state, "no-such-host.invalid:7443"))

    assert hop(step) == "name resolves"
    assert "no-such-host.invalid" in step.says
    assert "DNS" in step.remedy


def test_a_port_where_nobody_listens(state: Path) -> None:
    step = failing(examined(state, "127.0.0.1:9"))

    assert (hop(step), "refused" in step.says) == ("TCP", True)
    assert "127.0.0.1 TCP 9 through the firewalls" in step.remedy


def test_a_firewall_that_drops_is_told_from_one_that_rejects() -> None:
    """A listener whose queue is full lets no further connection come about, as a dropping firewall does."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = []
        try:
            for _ in range(8):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
                waiting.append(one)
            with pytest.raises(HopError) as failed:
                tunnel.connected("127.0.0.1", port, ("127.0.0.1",), tunnel.TCP, 1.0)
        finally:
            for one in waiting:
                one.close()
    assert (failed.value.hop, "no answer in time; a firewall drops it" in failed.value.says) == ("TCP", True)


def test_what_does_not_speak_tls_there(state: Path) -> None:
    with answering(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as address:
        step = failing(examined(state, address))

    assert hop(step) == "TLS with the pinned CA"
    assert "does not speak TLS" in step.says


def test_a_connection_that_is_cut_at_the_first_word(state: Path) -> None:
    with answering(saying(b"")) as address:
        step = failing(examined(state, address))

    assert hop(step) == "TLS with the pinned CA"
    assert "during the TLS handshake" in step.says
    assert "opens TLS" in step.remedy


def test_a_handshake_that_nobody_answers(state: Path, monkeypatch) -> None:
    import threading

    from farmsight_agent.reach import secured

    monkeypatch.setattr(secured, "TIMEOUT_S", 0.5)
    over = threading.Event()
    with answering(lambda _connection: over.wait(60)) as address:
        step = failing(examined(state, address))
        over.set()

    assert hop(step) == "TLS with the pinned CA"
    assert "no answer" in step.says


def test_tls_that_is_opened_on_the_way_is_named_with_whose_certificate_is_shown(state: Path, tmp_path: Path) -> None:
    with showing(tmp_path / "i", FakeCa("Contoso Web Inspection"), "x", dns=SERVER) as address:
        step = failing(examined(state, address))

    assert hop(step) == "TLS with the pinned CA"
    assert "issued by CN=Contoso Web Inspection: TLS is opened on the way" in step.says
    assert "exempt 127.0.0.1 from TLS inspection" in step.remedy


def test_another_service_is_named_by_its_certificate(state: Path, tmp_path: Path) -> None:
    with showing(tmp_path / "i", FakeCa("Contoso Issuing CA"), "www.contoso.com", dns="www.contoso.com") as address:
        step = failing(examined(state, address))

    assert "CN=www.contoso.com, issued by CN=Contoso Issuing CA: another service" in step.says
    assert "check the address" in step.remedy


def test_another_collector_or_a_new_ca_is_told_from_inspection(state: Path, tmp_path: Path) -> None:
    with on_one_port(tmp_path / "other") as other:
        step = failing(examined(state, other.addresses["telemetry"]))

    assert "another farmsight collector, or this one with a new CA" in step.says
    assert "enroll again with a new token" in step.remedy


def test_a_certificate_of_the_right_ca_for_another_name(tmp_path: Path) -> None:
    with collector_with_agent(tmp_path) as (fake, *_), showing(tmp_path / "i", fake.ca, "x", dns="other.test") as at:
        step = failing(examined(tmp_path, at))

    assert hop(step) == "TLS with the pinned CA"
    assert "it is for other.test, not for collector.farmsight" in step.says


def test_a_clock_by_which_the_collectors_certificate_has_run_out(tmp_path: Path) -> None:
    with collector_with_agent(tmp_path) as (fake, *_):
        over = dt.timedelta(seconds=-5)
        with showing(tmp_path / "i", fake.ca, "collector", dns=SERVER, life=over) as address:
            step = failing(examined(tmp_path, address))

    assert "expired" in step.says
    assert "set this server's clock" in step.remedy


def test_a_certificate_of_the_agent_that_the_collector_does_not_take(collector: Running, state: Path) -> None:
    """It lapsed: TLS is still well, the next hop is not."""
    store = IdentityStore(state)
    member = store.membership()
    assert member is not None
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=9)
    issued = collector.opened.authority.sign_agent(store.key().public_key(), member.agent_id, long_ago, 7)
    store.accept(enrolment_pb2.Identity(chain_der=issued.chain_der))

    step = failing(examined(state, collector.addresses["telemetry"]))

    assert hop(step) == "certificate accepted"
    assert "agent approve" in step.remedy


def test_a_port_of_the_collectors_that_is_not_the_agents(collector: Running, state: Path) -> None:
    step = failing(examined(state, collector.addresses["query"]))

    assert hop(step) == "certificate accepted"
    assert "asks for no certificate" in step.says
    assert "7443" in step.remedy


def test_an_agent_that_was_revoked(collector: Running, tmp_path: Path) -> None:
    list(enroll(collector.token(), collector.addresses["telemetry"], None, "GONE01", tmp_path))
    member = IdentityStore(tmp_path).membership()
    assert member is not None
    with collector.store.write() as connection:
        agents.revoke(connection, member.agent_id, dt.datetime.now(dt.UTC))

    step = failing(examined(tmp_path, collector.addresses["telemetry"]))

    assert (hop(step), "revoked" in step.says) == ("hello answered over mTLS", True)


def test_a_clock_that_is_off(tmp_path: Path) -> None:
    with collector_with_agent(tmp_path) as (fake, port, _):
        fake.clock_ahead = dt.timedelta(minutes=7)
        steps = examined(tmp_path, f"127.0.0.1:{port}")

    step = steps[f"clock (127.0.0.1:{port})"]
    assert (step.state, "-420" in step.says) == ("failed", True)


def test_a_collector_that_does_not_know_the_contract(tmp_path: Path, monkeypatch) -> None:
    from tests.fakes import collectors

    without = lambda *_: None  # noqa: E731
    with collector_with_agent(tmp_path) as (fake, *_):
        monkeypatch.setattr(collectors.telemetry_pb2_grpc, "add_TelemetryServiceServicer_to_server", without)
        early = FakeCollector()
        early.ca = fake.ca
        port, _ = early.start()
        try:
            step = failing(examined(tmp_path, f"127.0.0.1:{port}"))
        finally:
            early.stop()

    assert "does not know farmsight_wire.v1" in step.says
    assert "upgrade the collectors first" in step.remedy


def test_of_several_addresses_each_has_its_own_hops(collector: Running, state: Path) -> None:
    good = collector.addresses["telemetry"]
    steps = list(examined(state, "no-such-host.invalid:7443", good, "127.0.0.1:9").values())

    assert doctor.collectors(steps) == [
        {"address": "no-such-host.invalid:7443", "state": "failed", "fails_at": "name resolves"},
        {"address": good, "state": "ok", "fails_at": None},
        {"address": "127.0.0.1:9", "state": "failed", "fails_at": "TCP"},
    ]


def doctor_before_enrolment(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*AGENT, "doctor", *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_the_way_is_tried_before_a_server_is_enrolled(collector: Running, tmp_path: Path) -> None:
    address = collector.addresses["telemetry"]
    both = doctor_before_enrolment("--collector", f"{address},127.0.0.1:9")
    told = doctor_before_enrolment("--collector", address, "--json")

    assert both.returncode == 1
    assert collector.opened.authority.fingerprint.hex() in both.stdout
    assert both.stdout.splitlines()[-2:] == [f"{address}: ok", "127.0.0.1:9: fails at: TCP"]
    assert told.returncode == 0
    assert json.loads(told.stdout)["collectors"] == [{"address": address, "state": "ok", "fails_at": None}]


def test_a_stranger_on_the_way_is_told_before_enrolment_too(tmp_path: Path) -> None:
    with showing(tmp_path, FakeCa("Contoso Web Inspection"), "x", dns=SERVER) as address:
        step = failing({one.step: one for one in doctor.way_there([address], None)})

    assert (hop(step), "TLS is opened on the way" in step.says) == ("TLS", True)


def test_a_proxy_without_a_collector_is_asked_for_the_missing_half(tmp_path: Path) -> None:
    done = doctor_before_enrolment("--proxy", "http://proxy:3128")

    assert (done.returncode, "--collector" in done.stderr) == (2, True)
