"""Replicas behind a real PgBouncer that gives each transaction another session, and breaks sessions now and then."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from farmsight_collector import config as configuration
from farmsight_collector.config import Watching
from farmsight_collector.correlate.judgement import judge
from farmsight_collector.replicas.settings import Replicas
from farmsight_wire.v1 import facts_pb2
from tests.fakes.agents import full
from tests.fakes.live_collector import Running, running
from tests.fakes.replicas import RUNNING, STOPPED, folders, free_port, until
from tests.fakes.stores import account

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
QUICK = Replicas(lease_s=3, beat_s=1)


@contextmanager
def pooled(tmp_path: Path, url: str) -> Iterator[tuple[str, int]]:
    """Yield the URL by way of a pooler, and the pooler's port."""
    if PGBOUNCER is None:
        pytest.skip("the pooler was not tried: no pgbouncer")
    name, _, socket_folder = url.partition("@/")[2].partition("?host=")
    port = free_port()
    place = Path(f"/tmp/farmsight-pooler-{port}")
    place.mkdir(mode=0o755)
    users, settings = place / "users.txt", place / "pgbouncer.ini"
    users.write_text('"farmsight" ""\n')
    settings.write_text(
        f"[databases]\n{name} = host={socket_folder} dbname={name} user=farmsight\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"auth_file = {users}\npool_mode = transaction\ndefault_pool_size = 4\nserver_lifetime = 2\n"
    )
    owner = account()  # the server's socket is closed to all others
    as_owner = ["-u", owner] if owner else []
    command = [PGBOUNCER, "-q", *as_owner, str(place / "pgbouncer.ini")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        dsn = f"host=127.0.0.1 port={port} user=farmsight dbname={name}"
        until(lambda: connects(dsn))
        yield f"postgresql+psycopg://farmsight@127.0.0.1:{port}/{name}?pooler=transaction", port
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(place, ignore_errors=True)


def connects(dsn: str) -> bool:
    try:
        psycopg.connect(dsn).close()
    except psycopg.Error:
        return False
    return True


def reports_and_finds(up: Running, other: Running) -> float:
    """Let an agent at one replica report a stopped service; returns when its finding was in the store."""
    identity = up.enrol("STS01", "adfs")
    with up.stream(identity) as stream:
        stream.hello()
        for number, state in enumerate((RUNNING, STOPPED), 1):
            fact = facts_pb2.Fact(key="adfssrv", service=facts_pb2.Service(name="adfssrv", state=state))
            fact.service.start = facts_pb2.SERVICE_START_AUTOMATIC
            stream.report(full(number, fact))
        stream.until_durable(2)
        return until(lambda: other.counts()["finding_changes"] + up.counts()["finding_changes"] > 0)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("way_past", [True, False])
def test_replicas_work_behind_a_pooler_with_a_way_past_it_for_notices_and_without(
    tmp_path: Path, postgres_url: str, *, way_past: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pooled(tmp_path, postgres_url) as (url, _port):
        first, second = folders(tmp_path, url, "first", "second")
        settings = replace(QUICK, direct=postgres_url if way_past else "")
        real = configuration.load
        monkeypatch.setattr(configuration, "load", lambda *a: replace(real(*a), replicas=settings))
        parts = {"judge": judge, "watching": Watching(coalesce_ms=1, every_s=3600)}
        with running(first, **parts) as one, running(second, **parts) as two:
            memberships = [up.collector.membership for up in (one, two)]
            assert all(memberships)
            until(lambda: all(m is not None and len(m._living) == 2 for m in memberships))
            if not way_past:
                until(lambda: all(m is not None and m._hearing.deaf for m in memberships))
            took = reports_and_finds(one, two)
            time.sleep(3)  # sessions are older than the pooler lets them become: it breaks them
            assert [up.counts()["claims_lost"] for up in (one, two)].count(0) >= 1
            assert all(up.counts()["beats_failed"] == 0 for up in (one, two))
            print(f"\n{'with' if way_past else 'without'} notices: a finding after {took:.2f} s")
