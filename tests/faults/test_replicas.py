"""Two collectors on one PostgreSQL, agents of the real code: one collector is killed or paused, the database, too."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from farmsight_agent import enrolment
from farmsight_collector.store import schema
from farmsight_collector.store.engine import open_store
from tests.fakes.replicas import RUNNING, STOPPED, RealAgent, folders, new_ports, on_ports, until, watching
from tests.fakes.serving import Served, run, served, token
from tests.fakes.stores import restart_postgres

LEASE_S = 3
PATIENCE = {"grpc.keepalive_time_ms", "grpc.keepalive_timeout_ms", "grpc.http2.ping_timeout_ms"}


@dataclass(eq=False)
class Bed:
    """Two replicas, three AD FS nodes."""

    url: str
    data: dict[str, Path]
    ports: dict[str, dict[str, int]]
    agents: dict[str, RealAgent]
    up: dict[str, Served] = field(default_factory=dict)
    stacks: dict[str, ExitStack] = field(default_factory=dict)

    def start(self, name: str) -> None:
        self.stacks[name] = ExitStack()
        self.up[name] = self.stacks[name].enter_context(served(self.data[name], *on_ports(self.ports[name])))

    def ask(self, query: str) -> list[tuple[object, ...]]:
        dsn = self.url.replace("+psycopg", "")
        with psycopg.connect(dsn, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def holder(self) -> str:
        """Return the name of the replica that has the farm, empty while none that lives has it."""
        rows = self.ask(
            "SELECT r.name FROM claims c JOIN replicas r ON r.id = c.holder WHERE c.name LIKE 'farm:%' "
            "AND r.until > extract(epoch FROM clock_timestamp()) * 1000000"
        )
        return str(rows[0][0]) if rows else ""

    def other(self, name: str) -> str:
        return next(one for one in self.data if one != name)

    def living(self) -> set[str]:
        """Return the names of the replicas that live."""
        now = "extract(epoch FROM clock_timestamp()) * 1000000"
        return {str(name) for (name,) in self.ask(f"SELECT name FROM replicas WHERE until > {now}")}

    def query(self, name: str) -> str:
        return self.up[name].addresses["query"]

    def metric(self, name: str, metric: str) -> float:
        """Return a figure that a replica wrote of itself."""
        for line in (self.data[name] / "metrics.prom").read_text().splitlines():
            if line.startswith(f"farmsight_collector_{metric} "):
                return float(line.split()[1])
        return -1.0

    def all_settled(self) -> bool:
        return all(agent.settled() for agent in self.agents.values())

    def runs(self) -> dict[str, int]:
        store = open_store(self.url)
        query = (
            select(schema.servers.c.name, func.count())
            .select_from(schema.coverage)
            .join(schema.slots, schema.slots.c.id == schema.coverage.c.slot_id)
            .join(schema.servers, schema.servers.c.id == schema.slots.c.server_id)
            .group_by(schema.servers.c.name)
        )
        with store.read() as connection:
            found = {str(name): int(count) for name, count in connection.execute(query)}
        store.close()
        return found


@contextmanager
def two_replicas(tmp_path: Path, url: str) -> Iterator[Bed]:
    first, second = folders(tmp_path, url, "first", "second")
    ports = {name: new_ports() for name in ("first", "second")}
    bed = Bed(url=url, data={"first": first, "second": second}, ports=ports, agents={})
    try:
        bed.start("first")
        bed.start("second")
        addresses = [bed.up["first"].addresses, bed.up["second"].addresses]
        for number, name in enumerate(("STS01", "STS02", "STS03")):
            turned = addresses if number % 2 else addresses[::-1]
            # A token made at either replica is good at both.
            made = token(bed.data["first" if number % 2 else "second"], "adfs")
            bed.agents[name] = RealAgent(tmp_path / name, name, made, turned)
        for agent in bed.agents.values():
            agent.says(RUNNING)
        until(bed.all_settled)
        until(bed.holder)
        yield bed
    finally:
        for agent in bed.agents.values():
            agent.stop()
        for name, stack in bed.stacks.items():
            if name in bed.up and bed.up[name].process.poll() is None:
                bed.up[name].process.send_signal(signal.SIGCONT)
            stack.close()


@contextmanager
def steady_work(bed: Bed, stopped: set[str]) -> Iterator[None]:
    """Let every agent report something new again and again; on those in `stopped` the AD FS service stands."""
    over = threading.Event()

    def work() -> None:
        number = 0
        while not over.wait(0.05):
            number += 1
            for agent in bed.agents.values():
                agent.says(STOPPED if agent.name in stopped else RUNNING, f"svc{number}")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.e2e
@pytest.mark.timeout(240)
def test_a_replica_killed_loses_nothing_and_the_other_finds_within_seconds_what_a_watcher_sees(
    tmp_path: Path, postgres_url: str
) -> None:
    with two_replicas(tmp_path, postgres_url) as bed:
        killed = bed.holder()
        survivor = bed.other(killed)
        stopped: set[str] = set()
        with watching(bed.data[survivor], bed.query(survivor)) as watcher, steady_work(bed, stopped):
            stopped.add("STS01")  # what the other replica finds is told here, too
            through_other = until(lambda: watcher.stands() == {"STS01"})

            bed.up[killed].kill()
            stopped.add("STS02")
            taken_over = until(lambda: bed.holder() == survivor)
            delayed = taken_over + until(lambda: watcher.stands() == {"STS01", "STS02"})

            bed.start(killed)  # it comes back, and takes its share
            until(lambda: bed.living() == {"first", "second"})
            with watching(bed.data[killed], bed.query(killed)) as back:
                stopped.clear()
                until(lambda: watcher.stands() == back.stands() == set())
        until(bed.all_settled)
        print(
            f"\nseen through the other replica after {through_other:.2f} s; one killed: farm taken over after "
            f"{taken_over:.1f} s, what happened as it was killed is told after {delayed:.1f} s"
        )
        assert bed.runs() == {name: agent.recorded for name, agent in bed.agents.items()}
        assert [kind for kind in watcher.told() if kind != "changed"] == ["opened", "closed"], (
            "told once, whoever found"
        )
        assert taken_over < LEASE_S + 3


@pytest.mark.e2e
@pytest.mark.timeout(240)
def test_a_replica_paused_beyond_its_lease_writes_nothing_by_right_of_what_it_lost(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The agent's own limits, only shorter: one that it did not set would be felt here.
    sooner = tuple((name, int(value) // 20 if name in PATIENCE else value) for name, value in enrolment.OPTIONS)
    monkeypatch.setattr(enrolment, "OPTIONS", sooner)
    with two_replicas(tmp_path, postgres_url) as bed:
        paused = bed.holder()
        running = bed.other(paused)
        with (
            watching(bed.data[running], bed.query(running)) as watcher,
            watching(bed.data[paused], bed.query(paused)) as sleeper,
        ):
            os.kill(bed.up[paused].process.pid, signal.SIGSTOP)
            until(lambda: bed.holder() == running)
            # Its kernel still takes what agents send; by their keepalive they notice that nobody is behind it.
            for agent in bed.agents.values():
                agent.says(RUNNING, "while-it-stands-still")
            left = until(bed.all_settled, 60)
            print(f"\nagents of a collector that stands still were with the other after {left:.1f} s")
            with RealAgentElsewhere(bed, tmp_path, running) as fresh:
                fresh.says(STOPPED)
                until(lambda: watcher.told() == ["opened"])
                fresh.says(RUNNING)
                until(lambda: watcher.told() == ["opened", "closed"])
                held = bed.ask("SELECT holder, generation FROM claims WHERE name LIKE 'farm:%'")
                os.kill(bed.up[paused].process.pid, signal.SIGCONT)
                # What came and went while it stood still is told to who watches there, once and in its order.
                until(lambda: sleeper.told() == ["opened", "closed"])
                fresh.says(STOPPED)
                until(lambda: watcher.stands() == sleeper.stands() == {"STS09"})
            assert watcher.told() == sleeper.told() == ["opened", "closed", "opened"]
        assert held
        rows = bed.ask("SELECT opened, closed FROM findings WHERE code = 'adfs.service-stopped' ORDER BY opened")
        assert len(rows) == 2, "one finding a fault, whoever looked"


class RealAgentElsewhere:
    """An agent that knows one replica alone."""

    def __init__(self, bed: Bed, tmp_path: Path, replica: str) -> None:
        made = token(bed.data[replica], "adfs")
        self.agent = RealAgent(tmp_path / "STS09", "STS09", made, [bed.up[replica].addresses])

    def __enter__(self) -> RealAgent:
        return self.agent

    def __exit__(self, *_error: object) -> None:
        self.agent.stop()


@pytest.mark.e2e
@pytest.mark.timeout(240)
def test_the_database_restarted_in_the_middle_costs_seconds_and_nothing_else(
    tmp_path: Path, postgres_socket: Path, postgres_url: str
) -> None:
    with two_replicas(tmp_path, postgres_url) as bed:
        survivor = bed.other(bed.holder())
        with watching(bed.data[survivor], bed.query(survivor)) as watcher:
            stopped: set[str] = set()
            with steady_work(bed, stopped):
                time.sleep(0.5)
                restart_postgres(postgres_socket, "immediate")
                stopped.add("STS01")
                took = until(lambda: watcher.stands() == {"STS01"}, 60)
            print(f"\nthe database crashed and came back; what happened then is told after {took:.1f} s")
            until(bed.all_settled, 60)
            assert bed.runs() == {name: agent.recorded for name, agent in bed.agents.items()}
            assert all(up.process.poll() is None for up in bed.up.values())


@pytest.mark.e2e
@pytest.mark.timeout(120)
def test_a_revoked_agent_is_cut_off_at_whichever_replica_holds_its_stream(tmp_path: Path, postgres_url: str) -> None:
    with two_replicas(tmp_path, postgres_url) as bed:
        bed.agents["STS01"].says(STOPPED)
        until(bed.all_settled)
        (agent_id,) = next(
            iter(bed.ask("SELECT a.id FROM agents a JOIN servers s ON s.id = a.server_id WHERE s.name = 'STS01'"))
        )
        done = run("agent", "revoke", str(agent_id), "--data", str(bed.data["first"]))
        assert done.returncode == 0, done.stderr
        took = until(lambda: "revoked" in bed.agents["STS01"].uplink.trouble.text)
        print(f"\ncut off after {took:.2f} s: {bed.agents['STS01'].uplink.trouble.text}")
