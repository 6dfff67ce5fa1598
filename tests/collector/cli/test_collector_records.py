"""What the operator can look up: who did what, and which frames could not be taken."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farmsight_collector.cli.collector import main
from farmsight_collector.store import quarantine
from farmsight_collector.store.engine import open_store

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "data"
    assert main(["init", "--data", str(folder), "--name", "collector.contoso.com"]) == 0
    capsys.readouterr()
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_making_of_a_token_is_on_record_with_its_maker(data: Path, capsys) -> None:
    made = told(capsys, "token", "create", "--data", str(data), "--farm", "sts.contoso.com", "--role", "wap")
    entries = told(capsys, "record", "audit", "--data", str(data))["entries"]

    assert entries[0]["action"] == "token.create"
    assert entries[0]["actor"]
    assert made["token"] not in json.dumps(entries)  # what is on record lets nobody in


def test_a_poison_frame_can_be_looked_at_and_saved(data: Path, tmp_path: Path, capsys) -> None:
    store = open_store(f"sqlite:///{data / 'store.db'}")
    with store.write() as connection:
        quarantine.keep(connection, at=NOW, agent_id="", reason="sequence: \x1b[31m is missing", data=b"\xff\x00poison")
    store.close()

    assert main(["record", "quarantine", "--data", str(data), "--save", str(tmp_path / "frames")]) == 0
    out = capsys.readouterr().out

    assert "is missing" in out
    assert "\x1b" not in out
    assert (tmp_path / "frames" / "frame-0000.bin").read_bytes() == b"\xff\x00poison"


def test_an_empty_quarantine_says_so(data: Path, capsys) -> None:
    assert main(["record", "quarantine", "--data", str(data)]) == 0
    assert "nothing was refused" in capsys.readouterr().out
