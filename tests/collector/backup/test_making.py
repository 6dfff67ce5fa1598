"""A backup: whole or not there, private, and readable while the collector writes on."""

import json
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farmsight_collector.backup import archive, making
from farmsight_collector.cli.collector import main
from farmsight_collector.errors import StoreError
from farmsight_collector.folder import open_folder
from tests.fakes.live_collector import running
from tests.fakes.serving import COMMAND

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


def fill(data: Path, megabytes: int) -> None:
    """Make the store as large as one of a farm that was watched for a while."""
    with sqlite3.connect(data / "store.db") as store:
        rows = [(os.urandom(32), 1 << 20, os.urandom(1 << 20), 0) for _ in range(megabytes)]
        store.executemany("INSERT INTO blobs (sha256, size, data, added) VALUES (?, ?, ?, ?)", rows)


def names(file: Path) -> list[str]:
    with tarfile.open(file) as opened:
        return opened.getnames()


def test_it_holds_what_agents_and_people_trust_and_not_what_a_running_collector_makes(
    data: Path, tmp_path: Path, capsys
) -> None:
    (data / "entra" / "contoso").mkdir(parents=True)
    (data / "entra" / "contoso" / "secret").write_text("x")
    for name in ("addresses.json", "metrics.prom", "query-address", "serve.log", ".ca.key.17"):
        (data / name).write_text("x")
    (data / "incoming").mkdir(exist_ok=True)
    (data / "incoming" / "half").write_text("x")

    assert main(["backup", "--data", str(data), "--to", str(tmp_path / "b.tar.gz"), "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "farmsight.backup/1"
    kept = ["ca.crt", "ca.key", "collector.toml", "entra/contoso/secret", "query-token", "server.crt", "server.key"]
    assert names(tmp_path / "b.tar.gz") == ["manifest.json", "store.db", *(f"data/{name}" for name in kept)]
    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600


def test_it_says_that_it_holds_the_key_and_what_it_lacks(data: Path, tmp_path: Path, capsys) -> None:
    with (data / "collector.toml").open("a") as settings:
        settings.write(
            '[[alerts.channel]]\ntype = "webhook"\nname = "hook"\nurl = "https://hook.example/x"\n'
            'secret_file = "/etc/farmsight/hook"\n'
        )

    assert main(["backup", "--data", str(data), "--to", str(tmp_path / "b.tar.gz")]) == 0

    said = capsys.readouterr().out
    assert "holds the CA's key and is not encrypted" in said
    assert "not in it: alerts.channel.secret_file: /etc/farmsight/hook" in said


def test_it_never_replaces_a_file(data: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "b").write_text("mine")

    assert main(["backup", "--data", str(data), "--to", str(tmp_path / "b")]) == 2

    assert "never replaces" in capsys.readouterr().err
    assert (tmp_path / "b").read_text() == "mine"


def test_of_a_folder_the_newest_are_kept_and_what_is_not_a_backup_stays(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "farmsight-backup-of-my-own.tar.gz").write_text("mine")
    opened = open_folder(data)
    for day in range(1, 5):
        made = making.make(opened, str(folder), AT.replace(day=day), keep=2)
    opened.store.close()

    found = sorted(path.name for path in folder.iterdir())
    assert found == [
        "farmsight-backup-20261103T020000Z.tar.gz",
        "farmsight-backup-20261104T020000Z.tar.gz",
        "farmsight-backup-of-my-own.tar.gz",
        "notes.txt",
    ]
    assert [Path(one).name for one in made.removed] == ["farmsight-backup-20261102T020000Z.tar.gz"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--keep", "0", "--to", "."], "at least 1"), (["--keep", "3", "--to", "b.tar.gz"], "is none")],
)
def test_what_can_not_be_kept_is_refused(data: Path, tmp_path: Path, capsys, monkeypatch, arguments, said) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["backup", "--data", str(data), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_backup_while_agents_report_is_as_of_one_instant(tmp_path: Path) -> None:
    from tests.fakes.agents import full, service

    with running(tmp_path / "data") as collector, collector.stream(collector.enrol()) as stream:
        stream.hello()
        for sequence in range(1, 120):
            stream.report(full(sequence, service(f"s{sequence}")))
            if sequence == 60:
                making.make(collector.opened, str(tmp_path / "b.tar.gz"), AT)
        stream.until_durable(119)
    with tarfile.open(tmp_path / "b.tar.gz") as opened:
        opened.extract("store.db", tmp_path, filter="data")
    copy = sqlite3.connect(tmp_path / "store.db")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    (durable,) = copy.execute("SELECT durable_up_to FROM agent_epochs").fetchone() or (0,)
    (runs,) = copy.execute("SELECT count(*) FROM coverage").fetchone()
    assert runs == durable, "a report and its number are in the copy together, or neither is"
    copy.close()


def test_a_backup_that_is_killed_leaves_nothing_under_its_name_and_the_next_one_cleans_up(
    data: Path, tmp_path: Path
) -> None:
    fill(data, 24)
    target = tmp_path / "backups" / "b.tar.gz"
    target.parent.mkdir()
    process = subprocess.Popen([*COMMAND, "backup", "--data", str(data), "--to", str(target)])
    part = target.parent / making.WORK / "part"
    while process.poll() is None and not (part.exists() and part.stat().st_size):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(10)

    if not target.exists():  # on a machine that is quick enough it had ended
        assert part.exists()
        assert main(["backup", "--data", str(data), "--to", str(target)]) == 0
    assert "store.db" in names(target)
    assert [path.name for path in target.parent.iterdir()] == ["b.tar.gz"]


@pytest.mark.parametrize("kibibytes", [64, 700])
def test_a_full_disk_is_said_and_nothing_is_left(data: Path, tmp_path: Path, kibibytes: int) -> None:
    """No file may grow over a size: the copy of the store stops at the smaller one, the archive at the other."""
    fill(data, 1)
    target = tmp_path / "backups" / "b.tar.gz"
    target.parent.mkdir()
    with sqlite3.connect(data / "store.db") as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bound = kibibytes << 10
    done = subprocess.run(
        [*COMMAND, "backup", "--data", str(data), "--to", str(target)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bound, bound)),
    )

    assert done.returncode == 2, done.stderr
    assert "full" in done.stderr or "no room" in done.stderr or "can't be written" in done.stderr
    assert list(target.parent.iterdir()) == []


def test_no_room_for_the_archive_is_told_as_what_it_is(data: Path, tmp_path: Path, monkeypatch) -> None:
    def full_disk(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "write", full_disk)
    opened = open_folder(data)
    with pytest.raises(StoreError, match="there is no room for the backup"):
        making.make(opened, str(tmp_path / "b.tar.gz"), AT)
    opened.store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_two_at_once_in_one_folder_do_not_disturb_each_other(data: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    real = archive.write

    def and_another(*arguments: object) -> None:
        assert main(["backup", "--data", str(data), "--to", str(tmp_path / "second.tar.gz")]) == 2
        real(*arguments)

    monkeypatch.setattr(archive, "write", and_another)
    assert main(["backup", "--data", str(data), "--to", str(tmp_path / "first.tar.gz")]) == 0
    assert "another backup is being made" in capsys.readouterr().err
    assert "store.db" in names(tmp_path / "first.tar.gz")
