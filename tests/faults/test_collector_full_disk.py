"""A store that can't be written: nothing is acknowledged, nothing is lost, streams are told to wait."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from sqlalchemy import select

from farmsight_collector.config import Bounds
from farmsight_collector.errors import StoreFullError
from farmsight_collector.store import schema
from tests.fakes.agents import full, service
from tests.fakes.live_collector import Running, running


def keys(collector: Running) -> set[str]:
    with collector.store.read() as connection:
        return set(connection.scalars(select(schema.facts.c.key)))


@contextmanager
def full_disk(collector: Running) -> Iterator[None]:
    """Let the store grow no more: SQLite answers SQLITE_FULL as on a full disk."""
    pages = []
    engine = collector.store.engine

    def bound(connection: sqlite3.Connection, pages_more: int) -> None:
        (count,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {count + pages_more}")
        pages.append(count)

    from sqlalchemy import event

    @event.listens_for(engine, "begin")
    def limit(connection) -> None:
        bound(connection.connection.dbapi_connection, 0)

    try:
        yield
    finally:
        event.remove(engine, "begin", limit)

        @event.listens_for(engine, "begin")
        def lift(connection) -> None:
            connection.connection.dbapi_connection.execute("PRAGMA max_page_count = 1073741823")


def test_nothing_is_acknowledged_while_the_disk_is_full_and_everything_after(tmp_path: Path) -> None:
    with running(tmp_path / "data") as collector:
        with collector.stream(collector.enrol()) as stream:
            stream.hello()
            stream.report(full(1, service("before")))
            stream.until_durable(1)
            bulk = [service(f"s{n}-{'x' * 500}") for n in range(200)]
            with full_disk(collector):
                stream.report(full(2, *bulk))
                stream.report(full(3, *bulk, service("after")))
                paced = stream.until("pace").pace
                assert paced.credits == 1
                assert paced.retry_after.ToMilliseconds() > 0
                assert keys(collector) == {"before"}
                assert collector.counts()["commit_failures"] >= 1
            assert stream.until("pace").pace.credits > 1
            stream.report(full(4))
            assert stream.until_durable(4).durable_up_to == 4
            stream.report(full(5, service("after")))
            stream.until_durable(5)
        assert "after" in keys(collector)
        assert collector.counts()["refused_invalid"] == 0


def test_what_waits_for_the_store_is_bounded_and_the_bound_is_named(tmp_path: Path, monkeypatch) -> None:
    bounds = Bounds(agent_in_flight_bytes=20_000)
    with running(tmp_path / "data", bounds=bounds, patience_s=0.5) as collector:
        identity = collector.enrol()
        with collector.stream(identity) as stream:
            stream.hello()

            def refuse(_batch: object) -> None:
                raise StoreFullError("no room")

            monkeypatch.setattr(collector.collector.pipeline._committer, "commit", refuse)
            for sequence in range(1, 100):
                stream.report(full(sequence, service("x" * 1000)))
            assert stream.end() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert "agent_in_flight_bytes" in stream.call.details()
        assert collector.counts()["refused_in_flight"] == 1


def test_a_store_that_another_process_holds_only_delays(tmp_path: Path) -> None:
    with running(tmp_path / "data") as collector:
        with collector.stream(collector.enrol()) as stream:
            stream.hello()
            holder = sqlite3.connect(tmp_path / "data" / "store.db", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            stream.report(full(1, service("x")))
            time.sleep(1)
            assert keys(collector) == set()
            holder.execute("ROLLBACK")
            holder.close()
            stream.until_durable(1)
        assert keys(collector) == {"x"}


@pytest.mark.parametrize("count", [1, 5])
def test_a_frame_that_the_store_chokes_on_is_refused_and_its_neighbours_are_taken(
    tmp_path: Path, monkeypatch, count: int
) -> None:
    from farmsight_collector.ingest import apply

    real = apply.apply_reports

    def choke(connection, batch):
        if any(entry.fact.key == "poison" for one in batch for entry in one.report.facts):
            raise RuntimeError("a bug that this frame finds")
        return real(connection, batch)

    monkeypatch.setattr(apply, "apply_reports", choke)
    with running(tmp_path / "data") as collector:
        with collector.stream(collector.enrol()) as stream:
            stream.hello()
            stream.report(full(1, service("poison")))
            for sequence in range(2, 2 + count):
                stream.report(full(sequence, service(f"good{sequence}")))
            refused = stream.until("refused").refused
            assert refused.sequence == 1
            assert "bug" not in refused.detail, "what failed inside is not told"
            stream.report(full(2 + count, service("last")))
            assert stream.until_durable(2 + count).durable_up_to == 2 + count
        assert {"last", "good2"} <= keys(collector)
