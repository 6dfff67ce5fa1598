"""What the operator of a collector types, and what it says."""

import json
import os
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from farmsight_collector import standing
from farmsight_collector.cli.collector import main, parser
from farmsight_collector.identity import authority, tokens
from farmsight_collector.store import agents, audit
from farmsight_collector.store.engine import open_store
from tests.fakes.agents import enrol
from tests.fakes.incoming import START, enrolled
from tests.fakes.live_collector import FARM, running


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "data"
    assert main(["init", "--data", str(folder), "--name", "collector.contoso.com", "--farm", FARM]) == 0
    capsys.readouterr()
    return folder


def said(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 2
    return capsys.readouterr().err


def test_init_makes_a_private_folder_and_names_the_next_steps(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "a" / "data"

    assert main(["init", "--data", str(folder), "--farm", FARM]) == 0

    text = capsys.readouterr().out
    assert "farmsight-collector serve" in text
    assert f"--farm {FARM} --role" in text
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("ca.key", "server.key", "query-token", "store.db"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name


def test_init_never_replaces_a_collector(data: Path, capsys) -> None:
    before = (data / "ca.key").read_bytes()

    assert "already" in refused(capsys, "init", "--data", str(data))
    assert (data / "ca.key").read_bytes() == before


def test_init_that_was_cut_off_is_finished_with_the_same_authority(data: Path, capsys) -> None:
    before = (data / "ca.crt").read_bytes()
    (data / "collector.toml").unlink()

    assert main(["init", "--data", str(data), "--farm", FARM]) == 0

    assert (data / "ca.crt").read_bytes() == before


def test_init_refuses_names_that_are_none(tmp_path: Path, capsys) -> None:
    text = refused(capsys, "init", "--data", str(tmp_path / "d"), "--name", "*.contoso.com", "--farm", "a b")

    assert "'*.contoso.com'" in text
    assert "'a b'" in text


@pytest.mark.parametrize("verb", [["serve"], ["token", "list"], ["agent", "list"], ["db", "upgrade"]])
def test_a_folder_without_a_collector_says_what_to_run(tmp_path: Path, capsys, verb: list[str]) -> None:
    text = refused(capsys, *verb, "--data", str(tmp_path))

    assert f"farmsight-collector init --data {tmp_path}" in text


def test_token_create_prints_the_command_to_copy(data: Path, capsys) -> None:
    create = ["token", "create", "--data", str(data), "--role", "wap", "--host", "WAP01", "--ttl", "2h"]

    assert main([*create, "--json"]) == 0
    made = said(capsys)
    assert main(create) == 0
    text = capsys.readouterr().out

    assert made["command"] == (
        f"farmsight-agent enroll --collector collector.contoso.com:7443 --name WAP01 --token {made['token']}"
    )
    assert (made["farm"], made["role"], made["host"], made["state"]) == (FARM, "wap", "WAP01", "open")
    assert tokens.parse(made["token"]).fingerprint == authority.load(data).fingerprint
    assert "farmsight-agent enroll --collector" in text


def test_a_token_is_listed_without_its_secret_and_can_be_revoked_once(data: Path, capsys) -> None:
    assert main(["token", "create", "--data", str(data), "--role", "adfs", "--json"]) == 0
    token = said(capsys)

    assert main(["token", "list", "--data", str(data), "--json"]) == 0
    listed = capsys.readouterr().out
    assert json.loads(listed)["tokens"][0]["id"] == token["id"]
    assert token["token"] not in listed
    assert main(["token", "revoke", "--data", str(data), token["id"], "--json"]) == 0
    capsys.readouterr()
    assert "token list" in refused(capsys, "token", "revoke", "--data", str(data), token["id"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--farm", "sts.fabrikam.com", "--role", "wap"], "not among the farms"),
        (["--role", "wap", "--host", "../x"], "--host"),
        (["--role", "wap", "--ttl", "31d"], "30d"),
    ],
)
def test_a_token_for_what_can_not_be_is_refused(data: Path, capsys, arguments: list[str], says: str) -> None:
    assert says in refused(capsys, "token", "create", "--data", str(data), *arguments)


@pytest.mark.parametrize("arguments", [["--role", "dc"], ["--role", "wap", "--ttl", "soon"], []])
def test_options_that_are_wrong_are_refused_by_the_parser(data: Path, capsys, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["token", "create", "--data", str(data), *arguments])

    assert left.value.code == 2


def test_agents_that_are_behind_are_told_from_those_that_are_too_old(data: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(standing.standing, "__defaults__", ("1.4.0",))
    store = open_store(f"sqlite:///{data / 'store.db'}")
    for server, version in (("WAP01", "1.4.0"), ("WAP02", "1.2.9"), ("WAP03", "1.1.0"), ("WAP04", "2.0.0")):
        agent = enrolled(store, server=server)
        told = agents.Seen(agent_id=agent.id, at=START, version=version, platform="x", clock_offset_us=0)
        with store.write() as connection:
            agents.mark_seen(connection, [told])
    enrolled(store, server="WAP05")
    store.close()

    assert main(["agent", "list", "--data", str(data)]) == 0

    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    shown = {line[0]: [cell.strip() for cell in line] for line in lines}
    assert "1.4.0" in shown["WAP01"]
    assert "1.2.9 (behind)" in shown["WAP02"]
    assert "1.1.0 (too old)" in shown["WAP03"]
    assert "2.0.0 (newer)" in shown["WAP04"]
    assert "? (not known)" in shown["WAP05"]


def test_an_agent_is_listed_and_cut_off_while_the_collector_serves(tmp_path: Path, capsys) -> None:
    with running(tmp_path / "data") as collector:
        identity = collector.enrol("WAP01")
        folder = str(tmp_path / "data")
        assert main(["agent", "list", "--data", folder, "--json"]) == 0
        listed = said(capsys)["agents"]
        assert [(a["server"], a["state"], a["id"]) for a in listed] == [("WAP01", "active", identity.agent_id)]
        with collector.stream(identity) as stream:
            stream.hello()
            assert main(["agent", "revoke", "--data", folder, "wap01"]) == 0
            assert stream.end() is grpc.StatusCode.UNAUTHENTICATED
        assert "revoked already" in refused(capsys, "agent", "revoke", "--data", folder, identity.agent_id)
        assert "does not ask" not in refused(capsys, "agent", "approve", "--data", folder, identity.agent_id)
        assert "no agent NOBODY" in refused(capsys, "agent", "revoke", "--data", folder, "NOBODY")


def test_a_token_made_while_the_collector_serves_lets_a_server_in(tmp_path: Path, capsys) -> None:
    with running(tmp_path / "data") as collector:
        assert main(["token", "create", "--data", str(tmp_path / "data"), "--role", "adfs", "--json"]) == 0
        made = said(capsys)
        assert f"--collector {collector.addresses['telemetry']} " in made["command"]
        enrol(collector.addresses["enrolment"], collector.ca_pem, made["token"], "STS01")
        assert main(["token", "list", "--data", str(tmp_path / "data"), "--json"]) == 0
        assert said(capsys)["tokens"][0]["state"] == "used"


def test_what_operators_do_is_audited(data: Path, capsys) -> None:
    assert main(["token", "create", "--data", str(data), "--role", "adfs"]) == 0
    store = open_store(f"sqlite:///{data / 'store.db'}")
    with store.write() as connection:
        agents.add_agent(
            connection,
            agent_id="a" * 32,
            farm=FARM,
            server="STS01",
            role="adfs",
            serial="1",
            not_after=datetime.now(UTC),
            public_key_sha256=b"\0" * 32,
            at=datetime.now(UTC),
        )
    assert main(["agent", "revoke", "--data", str(data), "STS01"]) == 0

    with store.read() as connection:
        done = [(row.action, row.actor.partition(":")[0]) for row in audit.entries(connection)]
    store.close()

    assert done == [("agent.revoke", "local"), ("token.create", "local")]


def test_a_copy_of_the_store_is_whole_and_replaces_nothing(data: Path, tmp_path: Path, capsys) -> None:
    copy = tmp_path / "copy.db"

    assert main(["db", "backup", "--data", str(data), str(copy)]) == 0

    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    capsys.readouterr()
    assert "never replaces" in refused(capsys, "db", "backup", "--data", str(data), str(copy))
    assert "can't be written" in refused(capsys, "db", "backup", "--data", str(data), str(tmp_path / "no" / "x.db"))


def test_pruning_says_what_went(data: Path, capsys) -> None:
    assert main(["db", "prune", "--data", str(data), "--json"]) == 0

    assert set(said(capsys)["removed"].values()) == {0}


def test_every_verb_has_help_that_says_what_it_does(capsys) -> None:
    for verb in (
        ["init"],
        ["serve"],
        *(["token", v] for v in ("create", "list", "revoke")),
        *(["agent", v] for v in ("list", "approve", "revoke")),
        *(["db", v] for v in ("upgrade", "backup", "prune")),
    ):
        with pytest.raises(SystemExit) as left:
            parser().parse_args([*verb, "--help"])
        assert left.value.code == 0
        text = capsys.readouterr().out
        assert "--data" in text
        assert "--json" in text


def test_the_folder_may_come_from_the_environment(data: Path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(os.environ, "FARMSIGHT_DATA", str(data))

    assert main(["token", "list", "--json"]) == 0

    assert said(capsys)["tokens"] == []
