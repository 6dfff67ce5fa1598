"""A store opens, migrates, survives its process and a full disk."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from farmsight_collector.errors import StoreError, StoreFullError
from farmsight_collector.ingest.apply import apply_reports
from farmsight_collector.store import epochs, farms, migrate, schema
from farmsight_collector.store.engine import Store, open_store
from tests.fakes.incoming import EPOCH, START, enrolled, full, incoming

WRITER = """
import sys
from farmsight_collector.ingest.apply import apply_reports
from farmsight_collector.store import agents
from farmsight_collector.store.engine import open_store
from tests.fakes.incoming import START, full, incoming

store = open_store(sys.argv[1])
with store.read() as connection:
    (agent,) = agents.agents(connection)
for sequence in range(1, 100_000):
    with store.write() as connection:
        apply_reports(connection, [incoming(agent, full(sequence, {"A": sequence}), START)])
    print(sequence, flush=True)  # the acknowledgement
"""


def test_migrations_make_exactly_the_schema_and_take_it_down_again(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    migrate.downgrade(store.engine)
    assert sa.inspect(store.engine).get_table_names() == ["alembic_version"]
    migrate.upgrade(store.engine)
    assert set(schema.metadata.tables) < set(sa.inspect(store.engine).get_table_names())


def test_a_store_is_opened_again_with_what_it_held(store_url: str) -> None:
    for _ in range(2):
        store = open_store(store_url)
        with store.write() as connection:
            farms.ensure_farm(connection, "sts.contoso.com")
        store.close()
    store = open_store(store_url, create=False)
    with store.read() as connection:
        assert farms.farms(connection) == ["sts.contoso.com"]
    store.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks /proc which files are open")
def test_a_scratch_store_is_on_disk_in_a_file_without_a_name() -> None:
    store = open_store("sqlite://", scratch=True)
    with store.write() as connection:
        farms.ensure_farm(connection, "sts.contoso.com")
        connection.exec_driver_sql("CREATE TABLE bulk (data BLOB)")
        connection.exec_driver_sql("INSERT INTO bulk VALUES (randomblob(33554432))")
    with store.read() as connection:
        assert farms.farms(connection) == ["sts.contoso.com"]
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -8192
    nameless = [one for one in _open_files() if one.st_nlink == 0 and one.st_size > 32 * 2**20]
    store.close()
    assert nameless
    assert not [one for one in _open_files() if one.st_nlink == 0 and one.st_size > 32 * 2**20]


def _open_files() -> Iterator[os.stat_result]:
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            yield one.stat()


def test_a_file_that_is_not_there_is_an_error_when_none_shall_be_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store at"):
        open_store(f"sqlite:///{tmp_path / 'none.db'}", create=False)


def test_the_file_is_for_its_owner_alone_and_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = open_store(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o077 == 0
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    store.close()


def test_what_raises_within_a_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write() as connection:
            farms.ensure_farm(connection, "sts.contoso.com")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with store.read() as connection:
        assert farms.farms(connection) == []


def test_a_reader_sees_one_instant_while_others_write(store: Store) -> None:
    with store.read() as reader:
        assert farms.farms(reader) == []
        with store.write() as writer:
            farms.ensure_farm(writer, "sts.contoso.com")
        assert farms.farms(reader) == []


def test_a_store_in_memory_is_one_store_for_all_who_use_it() -> None:
    store = open_store("sqlite://")
    with store.write() as connection:
        farms.ensure_farm(connection, "sts.contoso.com")
    with store.read() as connection:
        assert farms.farms(connection) == ["sts.contoso.com"]
    store.close()


def test_a_writer_killed_at_any_moment_loses_nothing_that_it_acknowledged(store: Store, store_url: str) -> None:
    """kill -9 between commits and acknowledgements, several times over."""
    agent = enrolled(store)
    store.close()
    acknowledged = 0
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, store_url], stdout=subprocess.PIPE, text=True, cwd=_root()
        )
        assert writer.stdout is not None
        for _ in range(25):
            acknowledged = max(acknowledged, int(writer.stdout.readline()))
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        acknowledged = max([acknowledged, *map(int, rest)])
        writer.stdout.close()
        writer.wait()
    again = open_store(store_url)
    with again.read() as connection:
        assert epochs.ledger(connection, agent.id, EPOCH).up_to >= acknowledged
        if again.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    again.close()


def _root() -> Path:
    return Path(__file__).parents[3]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a disk of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "farmsight-test", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("the full-disk test did not run: this account may not mount a tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_and_leaves_the_store_intact(small_disk: Path) -> None:
    """Nothing acknowledged is lost, and with room again the collector goes on where it stopped."""
    url = f"sqlite:///{small_disk / 'store.db'}"
    store = open_store(url)
    agent = enrolled(store)
    taken = _fill(store, agent)
    with store.read() as connection:
        assert epochs.ledger(connection, agent.id, EPOCH).up_to == taken
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    with store.write() as connection:
        (answer,) = apply_reports(connection, [incoming(agent, full(taken + 1, {"A": 1}), START)])
    assert answer.result == "applied"
    store.close()
    again = open_store(url)
    with again.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert epochs.ledger(connection, agent.id, EPOCH).up_to == taken + 1
    again.close()


def _fill(store: Store, agent: object) -> int:
    """Apply reports until the disk is full; return how many were taken."""
    for sequence in range(1, 1000):
        state = {f"{os.urandom(400).hex()}": sequence for _ in range(100)}
        try:
            with store.write() as connection:
                apply_reports(connection, [incoming(agent, full(sequence, state), START)])  # type: ignore[arg-type]
        except StoreFullError:
            return sequence - 1
    pytest.fail("the disk never filled up")
