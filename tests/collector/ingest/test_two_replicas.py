"""Two replicas that take the frames of one agent at once: each report counts once, and no number is forgotten."""

import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from farmsight_collector.errors import StoreBusyError, TokenError
from farmsight_collector.identity import authority, tokens
from farmsight_collector.identity.admission import Admission, Asked
from farmsight_collector.ingest.commit import Committer
from farmsight_collector.ingest.work import Blob, CheckIn, Greeting, Report, Settled, Work
from farmsight_collector.metrics import Metrics
from farmsight_collector.store import epochs, schema
from farmsight_collector.store import tokens as token_rows
from farmsight_collector.store.agents import AgentRow, Seen
from farmsight_collector.store.engine import Store, open_store
from farmsight_wire.v1 import telemetry_pb2
from tests.fakes.agents import csr_of, new_key
from tests.fakes.incoming import START, enrolled, full
from tests.fakes.reports import SetClock

REPORTS = 120
EPOCH = 7


@dataclass(eq=False)
class Stream:
    """A stream of an agent at one replica, as the writer knows it."""

    agent: AgentRow
    epoch: int = EPOCH
    told: list[Settled] = field(default_factory=list)

    def settled(self, told: Settled) -> None:
        self.told.append(told)

    def stalled(self, retry_after_s: float) -> None:
        pass

    def lost(self) -> None:
        pass


@pytest.fixture
def replicas(store_url: str) -> Iterator[tuple[Store, Store]]:
    """Yield two stores on one database, each as a process of its own has it."""
    first, second = open_store(store_url), open_store(store_url)
    yield first, second
    first.close()
    second.close()


def report_of(stream: Stream, number: int) -> Report:
    at = START + timedelta(seconds=number)
    return Report(sender=stream, report=full(number, {f"k{number % 7}": number}, at), at=at, received=at, size=1)


def check_in_of(stream: Stream, number: int) -> CheckIn:
    at = START + timedelta(seconds=number)
    frame = telemetry_pb2.CheckIn(sequence=number)
    frame.clock.FromDatetime(at)
    return CheckIn(sender=stream, check_in=frame, at=at, seen=None, size=1)


def greeting_of(stream: Stream, at_s: int) -> Greeting:
    at = START + timedelta(seconds=at_s)
    seen = Seen(agent_id=stream.agent.id, at=at, version="1", platform="x", clock_offset_us=0)
    return Greeting(sender=stream, seen=seen, oldest=1)


def commit_all(store: Store, batches: list[list[Work]]) -> list[Settled]:
    committer, told = Committer(store, Metrics()), []
    for batch in batches:
        while True:
            try:
                told += committer.commit(batch).told.values()
                break
            except StoreBusyError:  # what the pipeline does, too: the same frames again
                continue
    return told


def at_once(*calls: Callable[[], object]) -> None:
    gate, errors = threading.Barrier(len(calls)), []

    def body(call: Callable[[], object]) -> None:
        try:
            gate.wait()
            call()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not errors, errors[0]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_stream_at_two_replicas_at_once_counts_each_report_once(
    replicas: tuple[Store, Store], seed: int
) -> None:
    agents = [enrolled(replicas[0]) for _ in range(3)]
    order = random.Random(seed)

    def batches(agent_order: list[AgentRow]) -> list[list[Work]]:
        streams = [Stream(agent) for agent in agent_order]
        made: list[list[Work]] = [[greeting_of(stream, 0) for stream in streams]]
        numbers = list(range(1, REPORTS + 1))
        for start in range(0, REPORTS, 10):
            some: list[Work] = []
            for stream in streams:
                # Every fifth number is a check-in: it takes another way into the same ledger.
                some.extend(
                    check_in_of(stream, number) if number % 5 == 0 else report_of(stream, number)
                    for number in numbers[start : start + 10]
                )
            made.append(some)
        return made

    at_once(
        lambda: commit_all(replicas[0], batches(agents)),
        lambda: commit_all(replicas[1], batches(order.sample(agents, len(agents)))),
    )

    with replicas[0].read() as connection:
        for agent in agents:
            ledger = epochs.ledger(connection, agent.id, EPOCH)
            assert (ledger.up_to, ledger.beyond) == (REPORTS, set())
        runs = connection.scalar(select(func.count()).select_from(schema.coverage))
        open_facts = connection.scalar(
            select(func.count()).select_from(schema.facts).where(schema.facts.c.ended == schema.OPEN)
        )
    assert runs == len(agents) * (REPORTS - REPORTS // 5)
    assert open_facts == len(agents)


def test_what_one_replica_made_durable_is_never_undone_by_the_other(replicas: tuple[Store, Store]) -> None:
    agent = enrolled(replicas[0])
    first, second = Stream(agent), Stream(agent)

    def odd() -> None:
        commit_all(replicas[0], [[report_of(first, number)] for number in range(1, REPORTS, 2)])

    def even() -> None:
        commit_all(replicas[1], [[check_in_of(second, number)] for number in range(2, REPORTS + 1, 2)])

    at_once(odd, even)
    with replicas[0].read() as connection:
        ledger = epochs.ledger(connection, agent.id, EPOCH)
    assert (ledger.up_to, ledger.beyond) == (REPORTS, set())


def test_replicas_that_take_the_same_bytes_in_another_order_do_not_stand_in_each_others_way(
    replicas: tuple[Store, Store], tmp_path: Path
) -> None:
    agent = enrolled(replicas[0])
    datas = [bytes([n]) * 1000 for n in range(40)]

    def batches(name: str, some: list[bytes]) -> list[list[Work]]:
        stream, made = Stream(agent), []
        for index in range(0, len(some), 10):
            batch: list[Work] = []
            for data in some[index : index + 10]:
                file = tmp_path / f"{name}{index}-{data[0]}"
                file.write_bytes(data)
                sha = hashlib.sha256(data).digest()
                batch.append(Blob(sender=stream, sha256=sha, file=file, received=START, size=1))
            made.append(batch)
        return made

    at_once(
        lambda: commit_all(replicas[0], batches("a", datas)), lambda: commit_all(replicas[1], batches("b", datas[::-1]))
    )
    with replicas[0].read() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.blobs)) == len(datas)


def test_an_agent_looks_no_older_for_what_a_paused_replica_writes_late(replicas: tuple[Store, Store]) -> None:
    agent = enrolled(replicas[0])
    commit_all(replicas[0], [[greeting_of(Stream(agent), 100)]])
    commit_all(replicas[1], [[greeting_of(Stream(agent), 40)]])
    with replicas[0].read() as connection:
        seen = connection.scalar(select(schema.agents.c.last_seen).where(schema.agents.c.id == agent.id))
    assert seen == int((START + timedelta(seconds=100)).timestamp() * 1_000_000)


def test_a_join_token_is_used_once_however_many_replicas_are_asked_at_once(
    replicas: tuple[Store, Store], tmp_path: Path
) -> None:
    ca, clock = authority.create(tmp_path, START), SetClock(START)
    for round_number in range(5):
        made = tokens.create(ca.der)
        with replicas[0].write() as connection:
            token_rows.add_token(
                connection,
                token_id=made.token_id,
                secret_sha256=made.secret_hash,
                farm="sts.contoso.com",
                role="wap",
                host_name=None,
                expires=START + timedelta(hours=1),
                at=START,
            )
        outcomes: list[str] = []

        def ask(store: Store, name: str, text: str = made.text, outcomes: list[str] = outcomes) -> None:
            gate = Admission(authority=ca, store=store, clock=clock, agent_days=7)
            asked = Asked(token=text, csr_der=csr_of(new_key()), name=name, described="", address="127.0.0.1")
            try:
                gate.enrol(asked)
                outcomes.append("enrolled")
            except TokenError as error:
                outcomes.append(error.kind)

        names = [f"W{round_number}{n}" for n in range(6)]
        at_once(*(lambda n=n, s=s: ask(s, n) for n, s in zip(names, replicas * 3, strict=True)))
        assert sorted(outcomes) == ["enrolled", *["used"] * 5]
    with replicas[0].read() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.agents)) == 5
