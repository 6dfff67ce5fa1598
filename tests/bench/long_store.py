"""A store with 400 days of 200 servers in it, as ingest, roll-ups and retention leave it; built once, kept by a hash.

python -m tests.bench.long_store [FILE]

The facts that seldom change come through the ingest; the fetches of 15-minute runs, their samples and roll-ups are
written straight into the tables, as rows that the ingest would have written. The first farm is built; the others are
its copies under other names and numbers.
"""

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import moment
from farmsight_collector.rules.engine import finding_id
from farmsight_collector.store import farms, figures, rollups, schema
from farmsight_collector.store.engine import Store, open_store
from farmsight_collector.store.rows import insert_rows
from farmsight_collector.store.slots import SlotKey, add_slots, slots_of
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME
from tests.bench import long_past as past
from tests.bench import worlds
from tests.bench.long_past import CONTEXTS, DAY, END, GROUPS, HOUR, TICK
from tests.bench.reevaluation import apply, fill
from tests.bench.report import say
from tests.bench.worlds import Server

BUILT: Final = Path("build/long-store")
HERE: Final = Path(__file__).parent
PATCH_DAYS: Final = 30
CADENCE_US: Final = TICK
OBSERVED: Final = 1
Rows = list[tuple[int, bytes]]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is in the store."""

    farms: int = 4
    servers: int = 50
    facts: int = 1000
    days: int = past.DAYS
    raw_days: int = 14
    hourly_days: int = 90

    @property
    def name(self) -> str:
        """Return what is another for another size, generator or schema."""
        made_by = [HERE / "long_past.py", HERE / "long_store.py", HERE / "worlds.py", Path(figures.__file__)]
        made_by += sorted((Path(schema.__file__).parent / "migrations/versions").glob("*.py"))
        said = json.dumps(asdict(self)).encode() + b"".join(file.read_bytes() for file in made_by)
        return sha256(said).hexdigest()[:16]


def built(size: Size = Size()) -> Path:
    """Return the file of a store of this size, built when it is not there yet."""
    file = BUILT / f"{size.name}.db"
    if not file.exists():
        shutil.rmtree(BUILT, ignore_errors=True)  # those of other sizes and schemas: gigabytes
        BUILT.mkdir(parents=True)
        beside = file.with_suffix(".new")
        build(beside, size)
        beside.rename(file)
    return file


def build(file: Path, size: Size) -> None:
    """Build a store; a minute or three."""
    began = time.monotonic()
    store = open_store(f"sqlite:///{file}")
    servers = worlds.large(size.servers, size.facts)
    for one in servers:
        one.slots = {slot: state for slot, state in one.slots.items() if slot[0] != "retrievals"}
    begin = past.before_the_end(size.days)
    rows = fill(store, worlds.FARM, servers, moment(begin))
    for day in range(PATCH_DAYS, size.days, PATCH_DAYS):
        _patched(store, servers, rows, begin + day * DAY)
    with store.write() as connection:
        _fetches(connection, servers, begin)
        _covered(connection)
        _findings(connection, servers, begin)
    say(f"the facts of one farm: {time.monotonic() - began:.0f} s")
    _samples(store, servers, size)
    say(f"and its samples and roll-ups: {time.monotonic() - began:.0f} s")
    for number in range(1, size.farms):
        _copied(store, number, servers)
    store.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    say(f"{size.farms} farms in {time.monotonic() - began:.0f} s, {file.stat().st_size / 1e9:.2f} GB")


def _patched(store: Store, servers: Sequence[Server], rows: Any, at: int) -> None:
    """Let a service of each server stop, and start again; each server some minutes after the one before."""
    for number, one in enumerate(servers):
        for minutes, running in ((0, False), (15, True)):
            when = moment(at + number * 3 * past.MINUTE + minutes * past.MINUTE)
            slot = one.put(worlds.service("Service100", running=running))
            with store.write() as connection:
                apply(connection, rows[one.name], list(one.reports([slot], when)), when)


def _fetches(connection: Connection, servers: Sequence[Server], begin: int) -> None:
    ids = {row.name: row.id for row in farms.servers(connection, 1)}
    keys = [SlotKey(ids[one.name], "retrievals", "", CONTEXT_BY_NAME[c]) for one in servers for c in CONTEXTS]
    add_slots(connection, 1, keys)
    slots = slots_of(connection, list(ids.values()))
    for (number, _one), context in _places(servers):
        slot = slots[keys[number * len(CONTEXTS) + CONTEXTS.index(context)]]
        late = number % 15 * past.MINUTE  # servers ask in turn, not all at once
        facts = [
            row for url in range(worlds.URLS) for row in _intervals(slot, number % GROUPS, context, url, begin, late)
        ]
        insert_rows(connection, schema.facts, facts)
        insert_rows(connection, schema.coverage, list(_runs(slot, sorted({row[4] for row in facts}))))


def _intervals(slot: int, group: int, context: str, url: int, begin: int, late: int) -> Iterator[tuple[Any, ...]]:
    turns = list(past.states(group, context, url, begin))
    for (at, issue, how), (until, _, _) in pairwise([*turns, (schema.OPEN - late, 0, "")]):
        digest, value, key = past.kept(url, context, issue, how)
        yield 1, slot, "retrieval", key, at + late, until + late, digest, value


def _runs(slot: int, begins: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for number, (at, until) in enumerate(pairwise([*begins, schema.OPEN])):
        digest, rank = sha256(f"{slot} {at}".encode()).digest(), f"{1:016x}{number + 1:016x}"
        seen = END if until == schema.OPEN else until - past.MINUTE
        yield (1, slot, at, until, seen, 1, OBSERVED, "", "", "api", digest, worlds.URLS, CADENCE_US, rank)


def _covered(connection: Connection) -> None:
    """Let all that holds to the end be seen until then: check-ins said so."""
    runs = schema.coverage
    connection.execute(runs.update().where(runs.c.ended == schema.OPEN).values(covered_until=END))
    connection.execute(schema.agents.update().values(last_seen=END, version="1.0.0", platform="Windows"))


def _findings(connection: Connection, servers: Sequence[Server], begin: int) -> None:
    found, changes = {}, {}
    for group in range(GROUPS):
        names = [one.name for number, one in enumerate(servers) if number % GROUPS == group]
        for context in CONTEXTS:
            for host, at, until in past.outages(group, context, begin):
                subject = f"http://pki{host}.contoso.com ({context}, {group})"
                row = _finding(subject, at, until, context, names)
                found[row[1], at] = row
                title, told = json.loads(row[8])["title"], json.dumps(names)
                for when, change in ((at, "opened"), (until, "closed")):
                    changes[when, row[1], change] = (1, when, row[1], change, row[5], row[6], subject, title, told)
    insert_rows(connection, schema.findings, list(found.values()))
    insert_rows(connection, schema.finding_changes, list(changes.values()))


def _finding(subject: str, at: int, until: int, context: str, names: list[str]) -> tuple[Any, ...]:
    code, url = "network.host-unreachable", subject.partition(" ")[0]
    name, since = finding_id(worlds.FARM, code, subject), moment(at).isoformat()
    evidence = [
        {"server": one, "kind": "retrieval", "key": f"crl {url}/cdp/Contoso%20Issuing%20CA%200.crl", "context": context}
        for one in names
    ]
    payload = {
        "id": name,
        "code": code,
        "catalogue": ["NET-01"],
        "severity": "error",
        "subject": subject,
        "servers": names,
        "contexts": [context],
        "title": f"{url} can't be reached from {len(names)} servers",
        "why": "A CRL that can't be fetched makes revocation checking fail as soon as what is cached runs out. " * 2,
        "remedy": [{"server": one, "shell": "powershell", "command": f"curl.exe -v {url}"} for one in names],
        "evidence": [{**one, "observed_at": since, "source": ""} for one in evidence],
        "cause_of": [],
        "caused_by": None,
        "since": since,
        "limit_used": "",
    }
    return 1, name, at, until, at, code, 3, subject, json.dumps(payload)


def _samples(store: Store, servers: Sequence[Server], size: Size) -> None:
    begin, raw, hourly = map(past.before_the_end, (size.days, size.raw_days, size.hourly_days))
    with store.write() as connection:
        ids = {row.name: row.id for row in farms.servers(connection, 1)}
        number = 0
        for group in range(GROUPS):
            its = [one for place, one in enumerate(servers) if place % GROUPS == group]
            for context, url, name in _series():
                values = past.values(group, context, url, name, begin, END)
                hours, days = _rolled(values, hourly)
                kept = [value for value in values if value[0] >= raw]
                key = past.kept(url, context, 0, past.DOWN)[2]
                for one in its:
                    number += 1
                    row = (number, 1, ids[one.name], name, CONTEXT_BY_NAME[context], key, raw, hourly)
                    insert_rows(connection, schema.series, [row])
                    insert_rows(connection, schema.samples, [(1, number, at, value) for at, value in kept])
                    insert_rows(connection, schema.samples_hourly, [(1, number, *row) for row in hours])
                    insert_rows(connection, schema.samples_daily, [(1, number, *row) for row in days])


def _rolled(
    values: Sequence[tuple[int, float]], hourly: int
) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
    hours: dict[int, dict[int, figures.Figures]] = {}
    blocks: dict[int, dict[int, figures.Figures]] = {}
    for day, of_day in groupby(values, key=lambda one: one[0] // DAY * DAY):
        its = list(of_day)
        if day >= hourly:
            hours[day] = {
                hour: figures.of([value for _, value in of_hour])
                for hour, of_hour in groupby(its, key=lambda one, day=day: (one[0] - day) // HOUR)  # type: ignore[misc]
            }
        block = day // rollups.BLOCK_US * rollups.BLOCK_US
        blocks.setdefault(block, {})[(day - block) // DAY] = figures.of([value for _, value in its])
    return [(at, figures.pack(held)) for at, held in hours.items()], [
        (at, figures.pack(held)) for at, held in blocks.items()
    ]


def _series() -> Iterator[tuple[str, int, str]]:
    for context in CONTEXTS:
        for url in range(worlds.URLS):
            for name in past.SERIES:
                yield context, url, name


def _places(servers: Sequence[Server]) -> Iterator[tuple[tuple[int, Server], str]]:
    for place in enumerate(servers):
        for context in CONTEXTS:
            yield place, context


def _copied(store: Store, number: int, servers: Sequence[Server]) -> None:
    """Make another farm: the first one's rows under other numbers."""
    farm = f"sts{number}.contoso.com"
    with store.write() as connection:
        for one in servers:
            farms.ensure_server(connection, farms.ensure_farm(connection, farm), one.name, one.role)
        of_first = {name: connection.scalar(select(func.max(table.c.id)).where(table.c.farm_id == 1)) or 0
                    for name, table in (("slot", schema.slots), ("series", schema.series))}  # fmt: skip
    shifts = {"farm_id": number, "server_id": number * len(servers)}
    shifts |= {f"{name}_id": number * count for name, count in of_first.items()}
    for table in COPIED:
        with store.write() as connection:
            _copy(connection, table, number, shifts)


COPIED: Final = (
    schema.agents,
    schema.slots,
    schema.coverage,
    schema.facts,
    schema.findings,
    schema.finding_changes,
    schema.series,
    schema.samples,
    schema.samples_hourly,
    schema.samples_daily,
)


def _copy(connection: Connection, table: Table, number: int, shifts: Mapping[str, int]) -> None:
    ids = {"slots": "slot_id", "series": "series_id"}
    values: list[Any] = []
    for column in table.columns:
        name = ids.get(table.name, "id") if column.name == "id" else column.name
        if name in shifts:
            values.append(column + shifts[name])
        else:
            values.append(column + f"-{number}" if table.name == "agents" and name == "id" else column)
    of_first = table.c.farm_id == 1 if "farm_id" in table.c else table.c.server_id <= shifts["server_id"] // number
    query = select(*(value.label(column.name) for value, column in zip(values, table.columns, strict=True)))
    connection.execute(table.insert().from_select([column.name for column in table.columns], query.where(of_first)))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        build(Path(sys.argv[1]), Size())
    else:
        print(built())
