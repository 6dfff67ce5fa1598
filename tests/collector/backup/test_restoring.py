"""A restore: looked at whole before anything is in place, and nothing lost of what was there."""

import gzip
import io
import json
import os
import stat
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from farmsight_collector import lock
from farmsight_collector.backup import making, restoring
from farmsight_collector.backup.manifest import DamagedBackupError
from farmsight_collector.cli.collector import main
from farmsight_collector.folder import open_folder
from farmsight_collector.identity import authority, people
from farmsight_collector.store import audit, schema
from farmsight_collector.store import people as people_rows
from farmsight_collector.store.engine import open_store
from tests.fakes.live_collector import FARM, initialise

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def backup(data: Path, tmp_path: Path, capsys) -> Path:
    assert main(["token", "create", "--data", str(data), "--role", "wap", "--farm", FARM]) == 0
    file = tmp_path / "b.tar.gz"
    assert main(["backup", "--data", str(data), "--to", str(file)]) == 0
    capsys.readouterr()
    return file


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["restore", *arguments]) == 2
    return capsys.readouterr().err


def rewritten(backup: Path, **changed: object) -> Path:
    """Return a backup whose manifest says something else."""
    made = backup.with_name("rewritten.tar.gz")
    with tarfile.open(backup) as old, tarfile.open(made, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            body = content.read()
            if member.name == "manifest.json":
                body = json.dumps({**json.loads(body), **changed}).encode()
                member.size = len(body)
            new.addfile(member, io.BytesIO(body))
    return made


def test_it_is_the_same_collector_again_in_private_files(data: Path, backup: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert main(["restore", str(backup), "--data", str(there)]) == 0

    assert authority.load(there).fingerprint == authority.load(data).fingerprint
    assert (there / "query-token").read_text() == (data / "query-token").read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in there.iterdir()} == {0o600}
    open_folder(there).store.close()


def test_what_is_good_once_is_good_no_more(data: Path, tmp_path: Path, capsys) -> None:
    main(["token", "create", "--data", str(data), "--role", "wap"])
    main(["web", "token", "--data", str(data)])
    opened = open_folder(data)
    with opened.store.write() as connection:
        session = people_rows.Session(
            session_id="s", name="ada", role="admin", came_by="t", made=AT, seen=AT, expires=AT + timedelta(days=4000)
        )
        people_rows.add_session(connection, session, people.digest("secret"))
    making.make(opened, str(tmp_path / "b.tar.gz"), AT)
    opened.store.close()
    capsys.readouterr()

    assert main(["restore", str(tmp_path / "b.tar.gz"), "--data", str(tmp_path / "there"), "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["settled"] == {
        "join_tokens": 1,
        "sign_ins": 2,
        "agents": 0,
        "api_tokens": 0,
    }
    store = open_store(f"sqlite:///{tmp_path / 'there' / 'store.db'}")
    with store.read() as connection:
        assert next(row.action for row in audit.entries(connection)) == "collector.restore"
        assert connection.execute(schema.web_sessions.select()).all() == []
    store.close()


def test_a_folder_that_is_not_empty_is_refused_and_with_force_moved_aside(
    data: Path, backup: Path, tmp_path: Path, capsys
) -> None:
    there = tmp_path / "there"
    initialise(there)
    before = (there / "ca.key").read_bytes()
    assert "--force" in refused(capsys, str(backup), "--data", str(there))
    assert (there / "ca.key").read_bytes() == before

    assert main(["restore", str(backup), "--data", str(there), "--force"]) == 0

    (aside,) = there.glob("before-restore-*")
    assert (aside / "ca.key").read_bytes() == before
    assert (there / "ca.key").read_bytes() == (data / "ca.key").read_bytes()
    assert main(["backup", "--data", str(there), "--to", str(tmp_path / "again.tar.gz")]) == 0
    with tarfile.open(tmp_path / "again.tar.gz") as opened:
        assert not any("before-restore" in name for name in opened.getnames()), "what lies aside is no part of it"


def test_a_collector_that_serves_is_never_overwritten(data: Path, backup: Path, capsys) -> None:
    with lock.held(data, otherwise=""):
        said = refused(capsys, str(backup), "--data", str(data), "--force")
    assert "stop it first" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"schema_revision": "9999", "version": "7.1.0"}, "install 7.1.0 or newer"),
        ({"schema": "farmsight.backup/2", "version": "7.1.0"}, "7.1.0 or newer"),
    ],
    ids=["schema of the store", "form of the backup"],
)
def test_a_backup_of_a_newer_version_names_the_version(backup: Path, tmp_path: Path, capsys, changed, said) -> None:
    there = tmp_path / "there"
    assert said in refused(capsys, str(rewritten(backup, **changed)), "--data", str(there))
    assert [path.name for path in there.iterdir()] == [lock.FILE]


def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path, capsys) -> None:
    (tmp_path / "photo").write_bytes(b"\x89PNG and more")
    assert "no backup" in refused(capsys, str(tmp_path / "photo"), "--data", str(tmp_path / "there"))
    assert "there is no file" in refused(capsys, str(tmp_path / "nothing"), "--data", str(tmp_path / "there"))
    empty = tmp_path / "empty.tar.gz"
    empty.write_bytes(gzip.compress(b""))
    assert "Take the backup before it" in refused(capsys, str(empty), "--data", str(tmp_path / "there"))


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "data/../x", "data", "other"])
def test_a_manifest_reaches_nothing_outside_the_folder(backup: Path, tmp_path: Path, capsys, name: str) -> None:
    files = [{"name": name, "bytes": 1, "sha256": "0" * 64}]
    said = refused(capsys, str(rewritten(backup, files=files)), "--data", str(tmp_path / "there"))
    assert "no backup has" in said


def test_of_a_damaged_backup_nothing_comes_into_place(backup: Path, tmp_path: Path) -> None:
    """Cut anywhere, or one byte turned anywhere: refused, or what comes out is what went in."""
    whole = backup.read_bytes()
    unpacked = gzip.decompress(whole)
    broken = [whole[:length] for length in range(0, len(whole), len(whole) // 20)]
    places = range(0, len(whole), len(whole) // 80)
    broken += [whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :] for place in places]
    refusals = 0
    for number, content in enumerate(broken):
        file, there = tmp_path / "broken", tmp_path / f"there{number}"
        file.write_bytes(content)
        try:
            restoring.restore(str(file), there, AT, by="test")
        except DamagedBackupError:
            refusals += 1
            assert [path.name for path in there.iterdir()] == [lock.FILE]
        else:
            assert gzip.decompress(content) == unpacked, "the same is packed in more than one way"
    assert refusals > len(broken) * 3 // 4


def test_a_store_that_is_damaged_within_a_whole_backup_is_refused(data: Path, tmp_path: Path, capsys) -> None:
    (data / "store.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    by_hand(data, tmp_path)
    assert "damaged" in refused(capsys, str(tmp_path / "b.tar.gz"), "--data", str(tmp_path / "there"))


def by_hand(data: Path, tmp_path: Path) -> None:
    """Write a backup by hand: whole, of a store that is not."""
    from farmsight_collector.backup import archive
    from farmsight_collector.backup.manifest import Manifest

    work = tmp_path / "work"
    (work / "data").mkdir(parents=True)
    (work / "store.db").write_bytes((data / "store.db").read_bytes())
    kept = [archive.digest(work / "store.db", "store.db")]
    for name in ("ca.key", "ca.crt", "collector.toml", "query-token"):
        (work / "data" / name).write_bytes((data / name).read_bytes())
        kept.append(archive.digest(work / "data" / name, f"data/{name}"))
    made = Manifest(
        as_of=AT,
        version="0.1.0",
        schema_revision="0007",
        database="sqlite",
        ca_sha256=authority.load(data).fingerprint.hex(),
        names=(),
        agents=0,
        files=tuple(kept),
    )
    with (tmp_path / "b.tar.gz").open("wb") as file:
        archive.write(file, made, work)


def test_a_postgresql_goes_along_and_comes_back_into_an_empty_database_only(
    postgres_url: str, postgres_socket: Path, tmp_path: Path, capsys
) -> None:
    data, there, file = tmp_path / "data", tmp_path / "there", tmp_path / "b.tar.gz"
    named = ["--name", "localhost", "--farm", FARM, "--database", postgres_url]
    assert main(["init", "--data", str(data), *named]) == 0
    assert main(["token", "create", "--data", str(data), "--role", "wap"]) == 0
    assert main(["backup", "--data", str(data), "--to", str(file)]) == 0
    assert "is not empty" in refused(capsys, str(file), "--data", str(there))

    name = make_url(postgres_url).database
    with psycopg.connect(f"host={postgres_socket} user=farmsight dbname=postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    assert main(["restore", str(file), "--data", str(there)]) == 0

    opened = open_folder(there)
    with opened.store.read() as connection:
        (token,) = connection.execute(schema.tokens.select()).all()
        assert token.revoked is not None
    opened.store.close()


def test_without_pg_dump_the_way_out_is_named_and_the_folder_alone_is_kept(
    postgres_url: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    data, file = tmp_path / "data", tmp_path / "b.tar.gz"
    assert main(["init", "--data", str(data), "--name", "localhost", "--database", postgres_url]) == 0
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["backup", "--data", str(data), "--to", str(file)]) == 2
    assert "--without-database" in capsys.readouterr().err

    assert main(["backup", "--data", str(data), "--to", str(file), "--without-database"]) == 0
    assert "The database is not in it" in capsys.readouterr().out
    assert main(["restore", str(file), "--data", str(tmp_path / "there")]) == 0
    assert "put its own back first" in capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_restores_for_another_account_belongs_to_it(backup: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    os.chown(there, 65534, 65534)
    assert main(["restore", str(backup), "--data", str(there)]) == 0
    assert {path.stat().st_uid for path in (there, *there.rglob("*"))} == {65534}
