"""From an agent to the real collector over one port: first contact, telemetry, renewal and coming back, by any way."""

import datetime as dt
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from farmsight_agent.config import load
from farmsight_agent.enroll import enroll
from farmsight_agent.identity import IdentityError, IdentityStore
from farmsight_collector.cli.collector import main
from farmsight_collector.store import agents
from farmsight_wire.v1 import enrolment_pb2
from tests.fakes.collectors import FakeCollector
from tests.fakes.live_collector import Running, on_one_port
from tests.fakes.squid import GOOD_LOGIN, LOGIN_CHECKED, SQUID, Squid, started

NOBODY = "127.0.0.1:9"
AGENT = [sys.executable, "-m", "farmsight_agent.cli"]
needs_squid = pytest.mark.skipif(not SQUID, reason="squid is not installed (Debian: squid-openssl)")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory):
    with on_one_port(tmp_path_factory.mktemp("collector") / "data") as up:
        yield up


@pytest.fixture(scope="module")
def squid(tmp_path_factory):
    yield from started(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def squid_with_login(tmp_path_factory):
    yield from started(tmp_path_factory.mktemp("login"), LOGIN_CHECKED, "allow known")


def at(collector: Running) -> str:
    return collector.addresses["telemetry"]


def url(squid: Squid) -> str:
    return "http://{}:{}".format(*squid.address)


def login(folder: Path, text: str = GOOD_LOGIN) -> Path:
    file = folder / "login.txt"
    file.touch(mode=0o600)
    file.write_text(text + "\n")
    return file


def run_once(state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the agent over an empty evidence folder once, until all is durable."""
    (state / "evidence").mkdir(exist_ok=True)
    text = (state / "agent.toml").read_text()
    if "evidence_dir" not in text:
        (state / "agent.toml").write_text(f'{text}host = "evidence"\nevidence_dir = "evidence"\n')
    return subprocess.run(
        [*AGENT, "run", "--config", str(state / "agent.toml"), "--once", "--within", "40"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def test_one_address_is_all_that_enrolment_and_telemetry_need(collector: Running, tmp_path: Path) -> None:
    list(enroll(collector.token(), at(collector), None, "WAP01", tmp_path))

    config = load(tmp_path / "agent.toml")
    assert (config.collectors, config.enrolment, config.uplink.proxy) == ((at(collector),), "", None)
    done = run_once(tmp_path)
    assert done.returncode == 0, done.stderr


def test_enrolment_tries_every_address_and_keeps_them_all(collector: Running, tmp_path: Path) -> None:
    list(enroll(collector.token(), [f"{NOBODY},no-such-host.invalid:7443", at(collector)], None, "WAP02", tmp_path))

    assert load(tmp_path / "agent.toml").collectors == (NOBODY, "no-such-host.invalid:7443", at(collector))


def test_where_none_answers_each_is_told_with_the_hop_that_fails(collector: Running, tmp_path: Path) -> None:
    with pytest.raises(IdentityError) as failed:
        list(enroll(collector.token(), f"{NOBODY},no-such-host.invalid:7443", None, "WAP03", tmp_path))

    first, second = str(failed.value).splitlines()
    assert "127.0.0.1:9 can't be reached, TCP" in first
    assert "no-such-host.invalid:7443 can't be reached, name resolves" in second


def test_a_token_that_is_refused_is_not_carried_from_one_collector_to_the_next(collector: Running, tmp_path) -> None:
    token = collector.token()
    list(enroll(token, at(collector), None, "WAP04", tmp_path / "one"))
    before = collector.counts()["enrolments_refused"]

    with pytest.raises(IdentityError, match="used"):
        list(enroll(token, f"{at(collector)},{at(collector).replace('127.0.0.1', 'localhost')}", None, "X", tmp_path))

    assert collector.counts()["enrolments_refused"] == before + 1


def test_a_collector_of_two_ports_is_still_enrolled_at_by_its_one_address(tmp_path: Path) -> None:
    """What an earlier collector offers: agents alone at one port, and the next number for servers with a token."""
    old = FakeCollector()
    for port in range(20000, 60000, 37):
        try:
            telemetry, _ = old.start(port, port + 1)
            break
        except RuntimeError:
            old.stop()
    try:
        list(enroll(old.token, f"127.0.0.1:{telemetry}", None, "WAP01", tmp_path))
    finally:
        old.stop()

    assert load(tmp_path / "agent.toml").enrolment == f"127.0.0.1:{telemetry + 1}"


def test_an_agent_that_lapsed_comes_back_through_the_same_port(collector: Running, tmp_path: Path) -> None:
    list(enroll(collector.token(), at(collector), None, "LAPSED09", tmp_path))
    store = IdentityStore(tmp_path)
    member = store.membership()
    assert member is not None
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=8)
    issued = collector.opened.authority.sign_agent(store.key().public_key(), member.agent_id, long_ago, 7)
    store.accept(enrolment_pb2.Identity(chain_der=issued.chain_der))
    with collector.store.write() as connection:
        agents.set_identity(connection, member.agent_id, issued.serial, issued.not_after, b"k" * 32)

    from farmsight_agent import enrolment

    assert enrolment.recover(store, [NOBODY, at(collector)]) is False
    assert main(["agent", "approve", "--data", str(collector.collector.config.data), "LAPSED09"]) == 0
    done = run_once(tmp_path)

    assert done.returncode == 0, done.stderr


@needs_squid
def test_through_a_proxy_the_first_contact_and_telemetry_are_tunnels(collector, squid, tmp_path) -> None:
    list(enroll(collector.token(), at(collector), None, "DMZ01", tmp_path, proxy=url(squid)))
    enrolled = squid.log().count(f"CONNECT {at(collector)}")

    done = run_once(tmp_path, no_proxy="127.0.0.1", https_proxy="http://127.0.0.1:9")

    assert done.returncode == 0, done.stderr
    assert enrolled == 2, "one for the first contact, one for the token"
    assert squid.log().count(f"CONNECT {at(collector)}") > enrolled, "a bypass list of the environment is not obeyed"


@needs_squid
def test_a_proxy_with_a_login_takes_it_from_a_file_that_nobody_else_reads(
    collector, squid_with_login, tmp_path
) -> None:
    state = tmp_path / "state"
    file = login(tmp_path)
    proxy = url(squid_with_login)
    list(enroll(collector.token(), at(collector), None, "DMZ02", state, proxy=proxy, proxy_credentials=file))
    file.unlink()

    kept = state / "proxy-credentials"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "cret" not in (state / "agent.toml").read_text()
    done = run_once(state)
    assert done.returncode == 0, done.stderr
    assert "agent@dmz" in squid_with_login.log()


@needs_squid
def test_a_renewal_goes_through_the_proxy_too(collector, squid_with_login, tmp_path) -> None:
    state = tmp_path / "state"
    proxy = url(squid_with_login)
    given = login(tmp_path)
    list(enroll(collector.token(), at(collector), None, "DMZ03", state, proxy=proxy, proxy_credentials=given))
    store = IdentityStore(state)
    member = store.membership()
    assert member is not None
    past_half = dt.datetime.now(dt.UTC) - dt.timedelta(days=5)
    issued = collector.opened.authority.sign_agent(store.key().public_key(), member.agent_id, past_half, 7)
    store.accept(enrolment_pb2.Identity(chain_der=issued.chain_der))
    before = collector.counts()["renewals"]

    done = run_once(state)

    assert done.returncode == 0, done.stderr
    assert collector.counts()["renewals"] == before + 1
    assert store.certificate().serial_number != int(issued.serial, 16)


@needs_squid
def test_a_login_that_is_missing_or_wrong_is_named_at_enrolment(collector, squid_with_login, tmp_path) -> None:
    proxy = url(squid_with_login)
    with pytest.raises(IdentityError) as missing:
        list(enroll(collector.token(), at(collector), None, "DMZ04", tmp_path / "a", proxy=proxy))
    wrong = login(tmp_path, "agent@dmz:wrong")
    with pytest.raises(IdentityError) as refused:
        list(enroll(collector.token(), at(collector), None, "X", tmp_path / "b", proxy=proxy, proxy_credentials=wrong))

    assert "proxy CONNECT" in str(missing.value)
    assert "407" in str(missing.value)
    assert "--proxy-credentials" in str(missing.value)
    assert "does not take 'agent@dmz'" in str(refused.value)
    assert "wrong" not in str(refused.value)


@needs_squid
def test_a_running_agent_names_a_login_that_no_longer_holds(collector, squid_with_login, tmp_path) -> None:
    state = tmp_path / "state"
    given = login(tmp_path)
    list(
        enroll(
            collector.token(), at(collector), None, "DMZ05", state,
            proxy=url(squid_with_login), proxy_credentials=given,
        )
    )  # fmt: skip
    (state / "proxy-credentials").write_text("agent@dmz:of-last-year\n")

    text = (state / "agent.toml").read_text()
    (state / "evidence").mkdir()
    (state / "agent.toml").write_text(f'{text}host = "evidence"\nevidence_dir = "evidence"\n')
    done = subprocess.run(
        [*AGENT, "run", "--config", str(state / "agent.toml"), "--once", "--within", "3"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "the proxy gives no tunnel: it answers CONNECT with 407, it wants a login" in done.stderr
    assert "last-year" not in done.stderr
