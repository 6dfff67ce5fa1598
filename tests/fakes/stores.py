"""Real stores for tests: a SQLite file, and a PostgreSQL of the system's packages.

The PostgreSQL server is started once a session in a temporary folder, on a
Unix socket only, as an account that is not root (it refuses root).
"""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from farmsight_collector.store.engine import Store, open_store

ACCOUNTS = ("postgres", "nobody")
_numbers = itertools.count(1)


def postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL that is installed, None when there is none."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).parent
    found = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists()]
    return max(found, key=lambda path: float(path.parent.name), default=None)


def account() -> str | None:
    """Return the account to run PostgreSQL as; None is our own, which is not root."""
    if os.getuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("the PostgreSQL tier did not run: no account that is not root")


def _as_account(owner: str | None, *command: str) -> None:
    prefix = ["runuser", "-u", owner, "--"] if owner else []
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, timeout=60, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """Start a PostgreSQL server and yield the folder of its socket."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("the PostgreSQL tier did not run: no initdb in PATH or /usr/lib/postgresql/*/bin")
    owner = account()
    folder = Path(tempfile.mkdtemp(prefix="farmsight-pg-", dir="/tmp"))  # a socket's path must be short
    if owner:
        shutil.chown(folder, owner)
    data = str(folder / "data")
    settings = (
        f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off "
        "-c max_connections=60 -c shared_buffers=64MB"
    )
    try:
        _as_account(owner, str(programs / "initdb"), "-D", data, "-U", "farmsight", "-A", "trust", "-E", "UTF8")
        _as_account(
            owner, str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", settings, "start"
        )
        try:
            yield folder
        finally:
            _as_account(owner, str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restart_postgres(socket: Path, mode: str = "fast") -> None:
    """Restart the server of this socket; `immediate` is what a crash is."""
    programs = postgres_programs()
    assert programs is not None
    program, log = str(programs / "pg_ctl"), str(socket / "log")  # without a log it would keep our pipe open
    _as_account(account(), program, "-D", str(socket / "data"), "-w", "-l", log, "-m", mode, "restart")


@pytest.fixture
def postgres_url(postgres_socket: Path) -> Iterator[str]:
    """Yield the URL of a database of its own."""
    name = f"test{next(_numbers)}"
    administrator = f"host={postgres_socket} user=farmsight dbname=postgres"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"postgresql+psycopg://farmsight@/{name}?host={postgres_socket}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a store that is not there yet: a SQLite file, and a PostgreSQL database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Yield an empty store, on SQLite and on PostgreSQL."""
    opened = open_store(store_url)
    yield opened
    opened.close()
