"""Changed facts over real mTLS streams until they are durable, beside what the wire and the database could do.

Twice: whole snapshots (new servers), and changes as they come day by day (a few facts a report).
The first bound is the same frames to the same server with nothing behind it; the second the same rows, written to the
same tables by bare `executemany` with the collector's settings, in as many transactions as the collector took.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from farmsight_collector.folder import open_folder
from farmsight_collector.identity import tokens
from farmsight_collector.store import blobs
from farmsight_collector.store import tokens as token_rows
from farmsight_collector.store.engine import open_store
from farmsight_wire.v1 import telemetry_pb2
from tests.bench import worlds
from tests.bench.load import send_all
from tests.bench.processes import bare_server, collector, counters
from tests.bench.report import Figure, say
from tests.bench.worlds import Server
from tests.fakes.agents import Identity, enrol
from tests.fakes.serving import Served

SHARE = 0.5
CONTEXTS = ("system", "adfs-service", "network-service")
TABLES = ("facts", "coverage")


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One kind of load: the frames of each agent, and what is in them."""

    name: str
    frames: list[list[bytes]]
    facts: int
    reports: int
    transactions: int = 1


def measure(*, agents: int = 24, rounds: int = 100, facts: int = 1000) -> list[Figure]:
    """Return the rate of snapshots and of changes, each beside its slower bound."""
    servers = worlds.large(agents, facts)
    at = datetime.now(UTC) - timedelta(hours=1)
    phases = [_snapshots(servers, at), _changes(servers, at, rounds)]
    say(f"ingest: {agents} agents, " + ", ".join(f"{p.reports} {p.name} of {p.facts} facts" for p in phases))
    frames = [phase.frames for phase in phases]
    with collector() as (data, up):
        identities = _enlisted(data, up, servers)
        commits: list[float] = []
        ours = asyncio.run(
            send_all(up.addresses["telemetry"], identities, frames, lambda: commits.append(counters(data)["commits"]))
        )
        with bare_server(data) as (address, _):
            wire = asyncio.run(send_all(address, identities, frames))
        phases = [replace(p, transactions=round(commits[n + 1] - commits[n])) for n, p in enumerate(phases)]
        written = _bare_writes(data / "store.db", phases)
    return [_figure(*one) for one in zip(phases, ours, wire, written, strict=True)]


def _figure(phase: Phase, ours: float, wire: float, written: float) -> Figure:
    say(
        f"ingest: {phase.name}: {ours:.2f} s in {phase.transactions} transactions; "
        f"bare wire {wire:.2f} s, bare database {written:.2f} s"
    )
    ratio = max(wire, written) / ours
    slower = "wire" if wire > written else "executemany"
    return Figure(
        what=f"ingest of {phase.name} ({phase.facts / phase.reports:.1f} facts a report), mTLS to committed",
        measured=f"{phase.facts / ours:,.0f} facts/s, {phase.reports / ours:,.0f} reports/s",
        bound=f"{phase.facts / max(wire, written):,.0f} facts/s ({slower})",
        ratio=f"{ratio:.0%}",
        budget=f">= {SHARE:.0%}",
        kept=ratio >= SHARE,
    )


def _snapshots(servers: Sequence[Server], at: datetime) -> Phase:
    return _phase("snapshots", [one.reports(list(one.slots), at) for one in servers])


def _changes(servers: Sequence[Server], at: datetime, rounds: int) -> Phase:
    return _phase("changes", [_days(one, at, rounds) for one in servers])


def _days(server: Server, at: datetime, rounds: int) -> Iterator[telemetry_pb2.ProbeReport]:
    """Yield what changes on a server while CRLs are published and services come and go."""
    for number in range(1, rounds + 1):
        slots = {
            server.put(worlds.retrieval(url, context, issue=number))
            for context in CONTEXTS
            for url in range(worlds.URLS)
        }
        slots.add(server.put(worlds.service(f"Service{number % 100:03}", running=number // 100 % 2 == 1)))
        yield from server.reports(sorted(slots), at + timedelta(seconds=number))


def _phase(name: str, by_agent: Iterable[Iterator[telemetry_pb2.ProbeReport]]) -> Phase:
    frames: list[list[bytes]] = []
    facts = 0
    for reports in by_agent:
        frames.append([])
        for report in reports:
            facts += len(report.facts)
            frames[-1].append(telemetry_pb2.StreamRequest(report=report).SerializeToString())
    return Phase(name=name, frames=frames, facts=facts, reports=sum(map(len, frames)))


def _enlisted(data: Path, up: Served, servers: Sequence[Server]) -> list[Identity]:
    """Enrol every server through the collector's own port; the bytes that facts name are there already."""
    opened, at = open_folder(data), datetime.now(UTC)
    made = [tokens.create(opened.authority.der) for _ in servers]
    with opened.store.write() as connection:
        for one, server in zip(made, servers, strict=True):
            token_rows.add_token(
                connection,
                token_id=one.token_id,
                secret_sha256=one.secret_hash,
                farm=worlds.FARM,
                role=server.role,
                host_name=server.name,
                expires=at + timedelta(hours=1),
                at=at,
            )
        for der in worlds.blobs():
            blobs.put(connection, sha256(der).digest(), der, at)
    opened.store.close()
    pairs = zip(made, servers, strict=True)
    return [enrol(up.addresses["enrolment"], up.ca_pem, one.text, server.name) for one, server in pairs]


def _bare_writes(store: Path, phases: Sequence[Phase]) -> list[float]:
    """Write the rows that a store ended up with to the tables of an empty one; return the seconds by phase."""
    with tempfile.TemporaryDirectory(prefix="farmsight-bench-") as folder:
        copy = Path(folder) / "store.db"
        open_store(f"sqlite:///{copy}").close()
        with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy, isolation_level=None)) as target:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "mmap_size=268435456"):
                target.execute(f"PRAGMA {pragma}")
            rows = {table: source.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() for table in TABLES}
            took = []
            for phase in phases:
                facts, rows["facts"] = rows["facts"][: phase.facts], rows["facts"][phase.facts :]
                runs, rows["coverage"] = rows["coverage"][: phase.reports], rows["coverage"][phase.reports :]
                began = time.perf_counter()
                for group in zip(_parts(facts, phase.transactions), _parts(runs, phase.transactions), strict=True):
                    target.execute("BEGIN IMMEDIATE")
                    for table, some in zip(TABLES, group, strict=True):
                        if some:
                            marks = ", ".join("?" * len(some[0]))
                            target.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
                    target.execute("COMMIT")
                took.append(time.perf_counter() - began)
            assert not rows["facts"], "the store holds other facts than were sent"
    return took


def _parts(rows: list[Any], count: int) -> list[list[Any]]:
    """Return rows in so many parts of about one size."""
    return [rows[len(rows) * n // count : len(rows) * (n + 1) // count] for n in range(count)]
