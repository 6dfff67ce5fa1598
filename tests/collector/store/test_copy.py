"""A store copied into another database: all of it, verified, numbered on, or nothing at all."""

import json
import math
import os
import random
import signal
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from farmsight_collector.cli.collector import main
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.store import claims, copy, schema
from farmsight_collector.store.claims import Replica
from farmsight_collector.store.digest import TableDigest, plain
from farmsight_collector.store.engine import Store, open_store
from tests.collector.store.test_migrations import fill
from tests.fakes.incoming import enrolled
from tests.fakes.serving import COMMAND

Open = Callable[[str], Store]
AWKWARD = (0.0, -0.0, 0.1, 1e308, 5e-324, -1.5, math.inf, float(2**53 + 1))
TEXTS = ("", "ä 中 \U0001f511", "a\tb\nc\\N", "\\.", "'\"%s", "x" * 4096)


@pytest.fixture
def opened() -> Iterator[Open]:
    stores: list[Store] = []

    def open_one(url: str) -> Store:
        stores.append(open_store(url))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite", "sqlite to sqlite"])
def urls(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> tuple[str, str]:
    source, _, target = str(request.param).partition(" to ")
    files = iter(("source.db", "target.db"))

    def url(kind: str) -> str:
        file = next(files)
        return postgres_url if kind == "postgresql" else f"sqlite:///{tmp_path / file}"

    return url(source), url(target)


def nothing(_stage: str, _done: int, _total: int) -> None:
    pass


def filled(store: Store, *, samples: int = 2000) -> None:
    """Put rows into every table, awkward ones among them."""
    for table in schema.metadata.sorted_tables:
        if table.name not in copy.OF_THE_DATABASE:
            fill(store.engine, table)
    with store.write() as connection:
        connection.execute(
            schema.samples.insert(),
            [{"farm_id": 1, "series_id": 9, "at": n, "value": v} for n, v in enumerate(AWKWARD)]
            + [{"farm_id": 1, "series_id": 10, "at": n, "value": random.random()} for n in range(samples)],
        )
        connection.execute(
            schema.audit.insert(),
            [{"id": 100 + n, "at": n, "actor": t, "action": t, "target": t, "detail": t} for n, t in enumerate(TEXTS)],
        )
        connection.execute(
            schema.blobs.insert(),
            [
                {"sha256": bytes([n]) * 32, "size": 70_000, "data": os.urandom(70_000), "added": n}
                for n in range(100, 200)
            ],
        )


def content(store: Store) -> dict[str, list[str]]:
    with store.read() as connection:
        return {
            table.name: sorted(repr(plain(table, row)) for row in connection.execute(table.select()))
            for table in schema.metadata.sorted_tables
            if table.name not in copy.OF_THE_DATABASE
        }


def test_everything_is_there_afterwards_and_new_rows_are_numbered_on(urls: tuple[str, str], opened: Open) -> None:
    source, target = opened(urls[0]), opened(urls[1])
    filled(source)
    found = copy.copy(source, target, nothing)

    assert content(target) == content(source)
    counts = {one.table: one.rows for one in found}
    assert counts["samples"] == 2000 + len(AWKWARD) + 3
    assert counts["blobs"] == 103
    assert all(len(one.digest) == 64 for one in found)
    with target.write() as connection:
        made = connection.execute(
            schema.audit.insert().values(at=1, actor="", action="", target="", detail="").returning(schema.audit.c.id)
        ).scalar_one()
    assert made == 100 + len(TEXTS)
    assert enrolled(target, farm="new.contoso.com").farm_id == 4


def test_there_and_back_again_is_what_it_was(tmp_path: Path, postgres_url: str, opened: Open) -> None:
    first = opened(f"sqlite:///{tmp_path / 'first.db'}")
    middle = opened(postgres_url)
    last = opened(f"sqlite:///{tmp_path / 'last.db'}")
    filled(first, samples=50)
    there = copy.copy(first, middle, nothing)
    back = copy.copy(middle, last, nothing)
    assert there == back
    assert content(first) == content(last)


def test_a_target_that_holds_something_is_refused_and_left_alone(urls: tuple[str, str], opened: Open) -> None:
    source, target = opened(urls[0]), opened(urls[1])
    filled(source, samples=1)
    enrolled(target)
    before = content(target)
    with pytest.raises(InvalidRequestError, match=r"holds something already: .*agents \(1\)"):
        copy.copy(source, target, nothing)
    assert content(target) == before


def test_databases_that_collectors_serve_from_are_refused(tmp_path: Path, postgres_url: str, opened: Open) -> None:
    served, other = opened(postgres_url), opened(f"sqlite:///{tmp_path / 'other.db'}")
    with served.write() as connection:
        claims.renew(connection, Replica(id="a", name="COLLECTOR1", version="1"), 60)
    with pytest.raises(InvalidRequestError, match=r"COLLECTOR1.*stop them"):
        copy.copy(served, other, nothing)
    with pytest.raises(InvalidRequestError, match="serves from the target"):
        copy.copy(other, served, nothing)


@pytest.mark.parametrize("when", ["copying", "verifying"])
def test_interrupted_at_any_stage_nothing_is_there(urls: tuple[str, str], opened: Open, when: str) -> None:
    source, target = opened(urls[0]), opened(urls[1])
    filled(source, samples=10)

    def interrupt(stage: str, _done: int, _total: int) -> None:
        if stage == f"{when} samples":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy.copy(source, target, interrupt)
    assert not any(content(target).values())
    assert copy.copy(source, target, nothing), "and it can be tried again"


def test_a_row_that_arrives_otherwise_than_it_left_is_noticed(
    urls: tuple[str, str], opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = opened(urls[0]), opened(urls[1])
    filled(source, samples=10)
    name = "_copy_in" if not target.is_sqlite else "_insert"
    real: Any = getattr(copy, name)

    def lossy(connection: Any, table: sa.Table, rows: list[tuple[Any, ...]]) -> None:
        if table.name == "samples":
            rows = [(*row[:-1], round(row[-1], 3)) for row in rows]
        real(connection, table, rows)

    monkeypatch.setattr(copy, name, lossy)
    with pytest.raises(copy.CopyError, match=r"samples: .* nothing was kept"):
        copy.copy(source, target, nothing)
    assert not any(content(target).values())


def test_what_only_sqlite_keeps_is_named(tmp_path: Path, postgres_url: str, opened: Open) -> None:
    source, target = opened(f"sqlite:///{tmp_path / 'source.db'}"), opened(postgres_url)
    enrolled(source)
    with source.write() as connection:
        connection.exec_driver_sql("UPDATE agents SET enrolled = 'yesterday'")
    with pytest.raises(copy.CopyError, match=r"agents\.enrolled holds 'yesterday'"):
        copy.copy(source, target, nothing)
    assert not any(content(target).values())


@pytest.mark.parametrize(
    ("one", "other"),
    [([(1, "ab")], [(1, "a")]), ([(1, "a"), (2, "b")], [(1, "b"), (2, "a")]), ([("1",)], [(1,)]), ([(None,)], [("",)]),
     ([(1, "a")], [(1, "a"), (1, "a")]), ([("a", "bc")], [("ab", "c")]), ([(True,)], [(1,)])],
)  # fmt: skip
def test_rows_that_differ_have_another_digest(one: list[Any], other: list[Any]) -> None:
    digests = []
    for rows in (one, other, [*reversed(one)]):
        digest = TableDigest()
        digest.add(rows)
        digests.append(digest.hex())
    assert digests[0] != digests[1]
    assert digests[0] == digests[2], "the order is nothing"


def test_the_verb_says_what_it_found_on_both_sides(tmp_path: Path, postgres_url: str, capsys: Any) -> None:
    data = tmp_path / "data"
    assert main(["init", "--data", str(data), "--farm", "sts.contoso.com", "--name", "localhost"]) == 0
    capsys.readouterr()
    url = tmp_path / "url"
    url.write_text(f"{postgres_url}\n")

    assert main(["db", "copy", "--data", str(data), "--to", f"file:{url}", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "farmsight.db-copy/1"
    assert said["verified"]
    assert {one["table"]: one["rows"] for one in said["tables"]}["authority"] == 1

    assert main(["db", "copy", "--data", str(data), "--to", f"file:{url}"]) == 0, "nothing but the CA is there"
    assert "read back and found the same" in capsys.readouterr().out
    assert main(["db", "copy", "--data", str(data), "--to", "mysql://x"]) == 2
    assert "begins with sqlite:// or postgresql+psycopg://" in capsys.readouterr().err
    assert main(["db", "copy", "--from", f"sqlite:///{tmp_path / 'none.db'}", "--to", f"file:{url}"]) == 2
    assert "there is no store" in capsys.readouterr().err


def test_ctrl_c_leaves_no_half_of_a_file(tmp_path: Path, opened: Open) -> None:
    source, target = tmp_path / "source.db", tmp_path / "target.db"
    filled(opened(f"sqlite:///{source}"), samples=200_000)
    process = subprocess.Popen(
        [*COMMAND, "db", "copy", "--from", f"sqlite:///{source}", "--to", f"sqlite:///{target}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    ends = time.monotonic() + 20
    while not target.exists() and time.monotonic() < ends:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, (out, err)
    assert not list(tmp_path.glob("target.db*"))


def test_memory_does_not_grow_with_the_store(urls: tuple[str, str], opened: Open) -> None:
    source, target = opened(urls[0]), opened(urls[1])
    with source.write() as connection:
        for n in range(60):
            data = os.urandom(1 << 20)
            connection.execute(schema.blobs.insert().values(sha256=n.to_bytes(32), size=1, data=data, added=1))
    tracemalloc.start()
    try:
        copy.copy(source, target, nothing)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 25 << 20, f"{peak >> 20} MiB for a store of 60 MiB"


def test_a_collector_that_starts_on_the_target_waits_for_the_copy(
    tmp_path: Path, postgres_url: str, opened: Open
) -> None:
    source, target = opened(f"sqlite:///{tmp_path / 'source.db'}"), opened(postgres_url)
    filled(source, samples=10)
    events: list[str] = []

    def start() -> None:
        store = open_store(postgres_url)
        with store.read() as connection:
            events.append(f"started on {connection.scalar(sa.select(sa.func.count()).select_from(schema.farms))} farms")
        store.close()

    starting = threading.Thread(target=start)

    def progress(stage: str, _done: int, _total: int) -> None:
        if stage == "copying samples" and not starting.is_alive():
            starting.start()
            time.sleep(0.5)
            events.append("copying")

    copy.copy(source, target, progress)
    starting.join(20)
    assert events == ["copying", "started on 3 farms"]
