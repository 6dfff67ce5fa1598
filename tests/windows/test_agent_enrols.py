"""The real agent on Windows joins a real collector over mTLS, and tells what it saw once."""

import json

import pytest

from tests.fakes.live_collector import Running
from tests.windows.bed.wine_host import WineHost
from tests.windows.member import STATE, Member, enrol

PRIVATE = b"PRIVATE KEY"


@pytest.fixture(scope="module")
def member(shared_windows: WineHost, collector: Running) -> Member:
    joined = enrol(shared_windows, collector)
    joined.run_once()
    return joined


def test_the_key_is_made_there_and_stays_there(member: Member) -> None:
    identity = member.host.path(rf"{STATE}\identity")

    assert PRIVATE in (identity / "agent.key").read_bytes()
    kept = b"".join(file.read_bytes() for file in member.collector.opened.config.data.rglob("*") if file.is_file())
    body = (identity / "agent.key").read_bytes().splitlines()[1]
    assert body not in kept


def test_a_token_serves_one_server_once(member: Member) -> None:
    token = member.collector.token(role="wap")
    at = ("--collector", member.collector.addresses["telemetry"])
    at += ("--enrolment", member.collector.addresses["enrolment"], "--state-dir")

    first = member.host.agent("enroll", "--token", token, *at, r"C:\one", "--name", "WAP01", check=False)
    second = member.host.agent("enroll", "--token", token, *at, r"C:\two", "--name", "WAP02", check=False)

    assert first.returncode == 0
    assert second.returncode == 2
    assert not member.host.path(r"C:\two\identity\agent.crt").exists()


def test_every_probe_came_to_one_outcome(member: Member) -> None:
    outcomes = {(one.probe, one.part): one.outcome for one in member.server().coverage}

    assert {"host", "certificate-stores", "http-sys", "services", "retrievals", "adfs", "agent"} <= {
        probe for probe, _ in outcomes
    }
    assert "" not in outcomes.values()
    assert member.server().agent_version == "0.1.0"


def test_nothing_that_the_agent_told_was_refused(member: Member) -> None:
    counts = member.collector.counts()

    assert {name: count for name, count in counts.items() if name.startswith("refused") and count} == {}
    assert counts["reports_applied"] > 20


def test_doctor_finds_the_way_whole(member: Member) -> None:
    # Wine keeps no access lists: it makes one of the Unix mode.
    member.host.path(rf"{STATE}\identity").chmod(0o700)

    done = member.host.agent("doctor", "--json", check=False)

    steps = {step["step"]: step["state"] for step in json.loads(done.stdout)["steps"]}
    failed = {name for name, state in steps.items() if state == "failed" and not name.startswith("context")}
    assert failed == set()  # contexts have tests of their own
    assert steps["identity"] == "ok"
    assert any(name.startswith("hello answered over mTLS") for name in steps)


def test_doctor_names_the_step_that_fails(member: Member) -> None:
    config = member.host.path(rf"{STATE}\agent.toml").read_text(encoding="utf-8")
    gone = config.replace(member.collector.addresses["telemetry"], "127.0.0.1:9")
    member.host.put(rf"{STATE}\other.toml", gone)

    done = member.host.agent("doctor", "--json", "--config", rf"{STATE}\other.toml", check=False)

    steps = {step["step"]: step["state"] for step in json.loads(done.stdout)["steps"]}
    assert done.returncode == 1
    assert steps["TCP (127.0.0.1:9)"] == "failed"


def test_what_did_not_change_is_not_told_again(member: Member) -> None:
    before = member.collector.counts()

    member.run_once()

    after = member.collector.counts()
    told = after["reports_applied"] - before["reports_applied"]
    assert told < before["reports_applied"] / 4  # what measures itself changes: the agent's own facts, the clock
    assert after["check_ins"] > before["check_ins"]


def test_collect_writes_one_document_without_a_collector(member: Member) -> None:
    done = member.host.agent("collect", "--json", "--role", "adfs", "--name", "ADFS01")

    document = json.loads(done.stdout)
    assert document["schema"] == "farmsight.facts/1"
    assert (document["server"], document["role"]) == ("ADFS01", "adfs")
    assert {probe["probe"] for probe in document["probes"]} >= {"host", "certificate-stores", "agent"}
