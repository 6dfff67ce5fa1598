"""The backup of collectors in containers: a real pg_dump, under its name whole, private, and as many as are kept."""

import os
import shutil
import stat
import subprocess
import tarfile
from pathlib import Path

import psycopg
import pytest

from tests.fakes.serving import run
from tests.fakes.stores import postgres_socket, postgres_url

__all__ = ["postgres_socket", "postgres_url"]

SCRIPT = Path(__file__).parents[2] / "deploy/kubernetes/farmsight/files/backup.sh"
pytestmark = pytest.mark.skipif(shutil.which("pg_dump") is None, reason="the backup script did not run: no pg_dump")


@pytest.fixture
def secrets(tmp_path: Path, postgres_url: str) -> Path:
    data = tmp_path / "secrets"
    done = run("init", "--data", str(data), "--name", "localhost", "--database", postgres_url)
    assert done.returncode == 0, done.stderr
    (data / "database-url").write_text(postgres_url + "&pooler=transaction\n")
    return data


def back_up(secrets: Path, to: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "FARMSIGHT_SECRETS": str(secrets), "FARMSIGHT_BACKUP": str(to), **environment}
    return subprocess.run(["sh", str(SCRIPT)], env=given, capture_output=True, text=True, check=False, timeout=60)


def test_it_holds_the_database_and_what_agents_trust(
    secrets: Path, tmp_path: Path, postgres_url: str, postgres_socket: Path
) -> None:
    to = tmp_path / "backups"
    to.mkdir()
    done = back_up(secrets, to)
    assert done.returncode == 0, done.stderr

    (file,) = to.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as made:
        made.extractall(tmp_path / "out", filter="data")
    for name in ("ca.key", "ca.crt", "query-token"):
        assert (tmp_path / "out" / name).read_bytes() == (secrets / name).read_bytes()

    with psycopg.connect(f"host={postgres_socket} user=farmsight dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE put_back")
    dump = ["pg_restore", "--exit-on-error", "--dbname", f"host={postgres_socket} user=farmsight dbname=put_back"]
    back = subprocess.run([*dump, str(tmp_path / "out/database.pgdump")], capture_output=True, text=True, check=False)
    assert back.returncode == 0, back.stderr
    with psycopg.connect(f"host={postgres_socket} user=farmsight dbname=put_back") as connection:
        assert connection.execute("SELECT count(*) FROM authority").fetchone() == (1,)
    with psycopg.connect(f"host={postgres_socket} user=farmsight dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE put_back WITH (FORCE)")


def test_the_newest_are_kept_and_nothing_else_is_touched(secrets: Path, tmp_path: Path) -> None:
    to = tmp_path / "backups"
    to.mkdir()
    for day in range(1, 5):
        (to / f"farmsight-postgresql-2026110{day}T020000Z.tar").write_text("old")
    (to / "notes.txt").write_text("mine")
    assert back_up(secrets, to, FARMSIGHT_KEEP="2").returncode == 0

    found = sorted(path.name for path in to.iterdir())
    assert found[:2] == ["farmsight-postgresql-20261104T020000Z.tar", found[1]]
    assert found[2:] == ["notes.txt"]


def test_a_database_that_is_away_leaves_nothing_behind(secrets: Path, tmp_path: Path) -> None:
    to = tmp_path / "backups"
    to.mkdir()
    (to / ".farmsight-backup").mkdir()
    (to / ".farmsight-backup" / "part").write_text("of one that was killed")
    (secrets / "database-url").write_text("postgresql+psycopg://nobody@127.0.0.1:1/none\n")
    assert back_up(secrets, to).returncode != 0
    assert list(to.iterdir()) == []


@pytest.mark.parametrize("keep", ["0", "many", "-1"])
def test_a_number_that_is_none_is_refused_before_anything_is_removed(secrets: Path, tmp_path: Path, keep: str) -> None:
    to = tmp_path / "backups"
    to.mkdir()
    done = back_up(secrets, to, FARMSIGHT_KEEP=keep)
    assert done.returncode == 2
    assert "FARMSIGHT_KEEP" in done.stderr
