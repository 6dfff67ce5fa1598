"""Check-ins of many agents: cheap, and in effect what one at a time would have been."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from farmsight_collector.clock import micros
from farmsight_collector.ingest.apply import apply_check_in, apply_reports
from farmsight_collector.ingest.check_in import Arrived, apply_check_ins
from farmsight_collector.ingest.commit import Committer
from farmsight_collector.ingest.unchanged import Unchanged
from farmsight_collector.ingest.work import CheckIn, Greeting, Report, Settled
from farmsight_collector.metrics import Metrics
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.store import agents, schema
from farmsight_collector.store.agents import AgentRow, Seen
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.digests import probe_digest
from tests.fakes.incoming import EPOCH, START, enrolled, full, incoming, state_digest, unknown

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STATES = ({"A": 1}, {"A": 2}, {})


@dataclass(eq=False)
class Stream:
    """One stream, as the writer knows it."""

    agent: AgentRow
    epoch: int = EPOCH

    def settled(self, told: Settled) -> None:
        """Not called: nothing is between the test and the committer."""

    def stalled(self, retry_after_s: float) -> None:
        """Not called."""

    def lost(self) -> None:
        """Not called."""


def digest(*parts: tuple[str, dict[str, int]]) -> int:
    return probe_digest((part, facts_pb2.CONTEXT_UNSPECIFIED, state_digest(state)) for part, state in parts)


def frame(told: int, at: datetime, *, sequence: int = 0, samples: int = 0, ago: int = 0) -> telemetry_pb2.CheckIn:
    ran = telemetry_pb2.ProbeRun(probe="schannel", digest=told, seconds_ago=ago)
    made = telemetry_pb2.CheckIn(ran=[ran], sequence=sequence)
    made.clock.FromDatetime(at)
    for number in range(samples):
        sample = made.samples.add(series="clock-offset-ms", key=f"k{number}", value=sequence)
        sample.at.FromDatetime(at)
    return made


def reported(stream: Stream, sequence: int, state: dict[str, int], at: datetime) -> Report:
    return Report(sender=stream, report=full(sequence, state, at), at=at, received=at, size=1)


def checked_in(stream: Stream, told: int, at: datetime, **more: int) -> CheckIn:
    return CheckIn(sender=stream, check_in=frame(told, at, **more), at=at, seen=seen(stream, at), size=1)


def seen(stream: Stream, at: datetime) -> Seen:
    return Seen(agent_id=stream.agent.id, at=at, version="1", platform="test", clock_offset_us=0)


def greeted(stream: Stream, at: datetime) -> Greeting:
    return Greeting(sender=stream, seen=seen(stream, at), oldest=1)


def covered(store: Store, *some: AgentRow) -> list[tuple[int, int, int]]:
    """Return server by server what its runs cover: beginning, end and until when, in minutes since the start."""
    runs, slots = schema.coverage.c, schema.slots.c
    query = select(slots.server_id, runs.began, runs.ended, runs.covered_until).join(
        schema.slots, slots.id == runs.slot_id
    )
    order = {one.server_id: place for place, one in enumerate(some)}
    with store.read() as connection:
        rows = [(order[row[0]], *row[1:]) for row in connection.execute(query) if row[0] in order]
    return sorted((place, *map(_minute, times)) for place, *times in rows)  # type: ignore[misc]


def _minute(at: int) -> int:
    return -1 if at == schema.OPEN else (at - micros(START)) // 60_000_000


def samples_of(store: Store, *some: AgentRow) -> list[tuple[int, str, int, float]]:
    series, values = schema.series.c, schema.samples.c
    query = select(series.server_id, series.key, values.at, values.value).join(
        schema.samples, values.series_id == series.id
    )
    order = {one.server_id: place for place, one in enumerate(some)}
    with store.read() as connection:
        return sorted((order[row[0]], *row[1:]) for row in connection.execute(query) if row[0] in order)


@pytest.fixture
def statements(store: Store) -> Iterator[list[str]]:
    """Gather what the store is asked."""
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(store.engine, "before_cursor_execute", note)
    yield asked
    event.remove(store.engine, "before_cursor_execute", note)


told = st.tuples(
    st.integers(0, 3),  # agent
    st.integers(1, 400),  # minutes after the report
    st.integers(0, 2),  # what it says its state is
    st.integers(0, 4),  # sequence: some come twice
    st.integers(0, 2),  # samples
)


@given(batch=st.lists(told, max_size=12), states=st.lists(st.integers(0, 2), min_size=4, max_size=4))
@SETTINGS
def test_a_batch_of_check_ins_leaves_the_rows_that_one_by_one_would_have_left(
    store: Store, batch: list[tuple[int, int, int, int, int]], states: list[int]
) -> None:
    together, alone = [enrolled(store) for _ in states], [enrolled(store) for _ in states]
    with store.write() as connection:
        for some in (together, alone):
            whole = [incoming(one, full(9, STATES[state]), START) for one, state in zip(some, states, strict=True)]
            apply_reports(connection, whole)
    frames = [
        (
            who,
            START + minute * MINUTE,
            frame(digest(("", STATES[state])), START + minute * MINUTE, sequence=n, samples=k),
        )
        for who, minute, state, n, k in sorted(batch, key=lambda one: one[1])
    ]
    unchanged = Unchanged()
    with store.write() as connection:
        arrived = [Arrived(together[who], EPOCH, made, at) for who, at, made in frames]
        answers = [tuple(answer.differing) for answer in apply_check_ins(connection, arrived, unchanged)]
        unchanged.write(connection)
    with store.write() as connection:
        expected = [apply_check_in(connection, alone[who], made, at, epoch=EPOCH) for who, at, made in frames]
    assert answers == expected
    assert covered(store, *together) == covered(store, *alone)
    assert samples_of(store, *together) == samples_of(store, *alone)


def test_the_second_check_in_that_changes_nothing_asks_the_store_nothing(store: Store, statements: list[str]) -> None:
    """Ten thousand agents check in every minute, and most of the time there is nothing to tell."""
    streams = [Stream(enrolled(store)) for _ in range(5)]
    committer, same = Committer(store, Metrics()), digest(("", {"A": 1}))
    committer.commit([reported(one, 1, {"A": 1}, START) for one in streams])
    first = committer.commit([checked_in(one, same, START + MINUTE) for one in streams])
    assert (first.written, first.farms) == (True, frozenset())
    statements.clear()
    second = committer.commit([checked_in(one, same, START + 2 * MINUTE) for one in streams])
    assert (second.written, second.farms, statements) == (False, frozenset(), [])
    assert all(told == Settled() for told in second.told.values())
    rows = [one.agent for one in streams]
    assert covered(store, *rows) == [(n, 0, -1, 1) for n in range(5)]
    assert committer.write_owed()
    assert covered(store, *rows) == [(n, 0, -1, 2) for n in range(5)]
    with store.read() as connection:
        assert {one.last_seen for one in agents.agents(connection)} == {START + 2 * MINUTE}
    assert not committer.write_owed()


def test_what_is_owed_goes_with_the_next_transaction_whatever_that_is_for(store: Store) -> None:
    quiet, busy, same = Stream(enrolled(store)), Stream(enrolled(store)), digest(("", {"A": 1}))
    committer = Committer(store, Metrics())
    committer.commit([reported(one, 1, {"A": 1}, START) for one in (quiet, busy)])
    for minute in (1, 2):
        committer.commit([checked_in(quiet, same, START + minute * MINUTE)])
    committer.commit([reported(busy, 2, {"A": 2}, START + 3 * MINUTE)])
    assert covered(store, quiet.agent) == [(0, 0, -1, 2)]


def test_many_check_ins_with_samples_take_as_many_statements_as_one(store: Store, statements: list[str]) -> None:
    streams, same = [Stream(enrolled(store)) for _ in range(40)], digest(("", {"A": 1}))
    committer = Committer(store, Metrics())
    committer.commit([reported(one, 1, {"A": 1}, START) for one in streams])
    counts = []
    for number, some in ((2, streams[:1]), (2, streams[1:]), (3, streams[:1]), (3, streams[1:])):
        statements.clear()
        at = START + number * MINUTE
        done = committer.commit([checked_in(one, same, at, sequence=number, samples=3) for one in some])
        assert {told.durable_up_to for told in done.told.values()} == {number}
        counts.append(len(statements))
    assert counts[3] <= counts[2] + 1 <= 11, counts  # one of them locks the servers, which PostgreSQL needs
    assert len(samples_of(store, *(one.agent for one in streams))) == 40 * 3 * 2


def test_a_digest_that_differs_asks_for_a_snapshot_also_when_the_probe_is_remembered(store: Store) -> None:
    stream, committer = Stream(enrolled(store)), Committer(store, Metrics())
    committer.commit([reported(stream, 1, {"A": 1}, START)])
    committer.commit([checked_in(stream, digest(("", {"A": 1})), START + MINUTE)])
    done = committer.commit([checked_in(stream, digest(("", {"A": 2})), START + 2 * MINUTE)])
    assert [(one.probe, one.whole_probe) for one in done.told[stream].snapshots] == [("schannel", True)]
    assert covered(store, stream.agent) == [(0, 0, -1, 1)]


def test_a_state_that_came_back_is_another_run(store: Store) -> None:
    """A to B and back to A: a check-in of A extends the newest run, not the one that is remembered of A."""
    stream, committer, same = Stream(enrolled(store)), Committer(store, Metrics()), digest(("", {"A": 1}))
    committer.commit([reported(stream, 1, {"A": 1}, START)])
    committer.commit([checked_in(stream, same, START + MINUTE)])
    committer.commit(
        [
            checked_in(stream, same, START + 2 * MINUTE),
            reported(stream, 2, {"A": 2}, START + 3 * MINUTE),
            reported(stream, 3, {"A": 1}, START + 4 * MINUTE),
            checked_in(stream, same, START + 5 * MINUTE),
        ]
    )
    committer.commit([checked_in(stream, same, START + 6 * MINUTE)])
    committer.write_owed()
    assert covered(store, stream.agent) == [(0, 0, 3, 2), (0, 3, 4, 3), (0, 4, -1, 6)]


def test_another_collector_that_overtook_what_is_remembered_is_noticed(store: Store) -> None:
    """Behind a load balancer the agent moved to another replica, and a frame of its old stream came late."""
    agent, same = enrolled(store), digest(("", {"A": 1}))
    here, there = Committer(store, Metrics()), Committer(store, Metrics())
    before, moved = Stream(agent), Stream(agent)
    here.commit([reported(before, 1, {"A": 1}, START)])
    here.commit([checked_in(before, same, START + MINUTE)])
    there.commit([greeted(moved, START + 2 * MINUTE), reported(moved, 2, {"A": 2}, START + 2 * MINUTE)])
    late = here.commit([checked_in(before, same, START + 3 * MINUTE)])
    assert not late.written  # not known yet
    here.write_owed()
    assert covered(store, agent) == [(0, 0, 2, 1), (0, 2, -1, 2)]  # what is over is not extended
    told = here.commit([checked_in(before, same, START + 4 * MINUTE)]).told[before]
    assert [one.probe for one in told.snapshots] == ["schannel"]
    back = Stream(agent)
    told = here.commit([greeted(back, START), checked_in(back, digest(("", {"A": 2})), START + 5 * MINUTE)]).told[back]
    assert told.snapshots == []


def test_a_batch_that_fails_leaves_nothing_behind_that_did_not_come_to_be(store: Store) -> None:
    stream, committer = Stream(enrolled(store)), Committer(store, Metrics())
    committer.commit([reported(stream, 1, {"A": 1}, START)])
    broken = checked_in(stream, 0, START + 3 * MINUTE)
    broken.check_in.clock.seconds = 2**62
    new = digest(("", {"A": 2}))
    with pytest.raises(Exception, match="clock"):
        committer.commit(
            [
                reported(stream, 2, {"A": 2}, START + MINUTE),
                checked_in(stream, new, START + 2 * MINUTE, sequence=3),
                greeted(stream, START + 2 * MINUTE),
                broken,
            ]
        )
    done = committer.commit([checked_in(stream, new, START + 3 * MINUTE)])
    assert [one.probe for one in done.told[stream].snapshots] == ["schannel"]
    assert covered(store, stream.agent) == [(0, 0, -1, 0)]


def test_a_check_in_has_the_farm_judged_anew_only_when_something_was_stale(store: Store) -> None:
    stream, committer, same = Stream(enrolled(store)), Committer(store, Metrics()), digest(("", {"A": 1}))
    committer.commit([reported(stream, 1, {"A": 1}, START)])
    at = START
    for gap, changed in ((15 * MINUTE, False), (15 * MINUTE, False), (31 * MINUTE, False), (32 * MINUTE, True)):
        at += gap
        committer.write_owed()
        with store.read() as connection:
            (server,) = farm_as_of(connection, stream.agent.farm, at).servers
        assert [one.stale for one in server.coverage] == [changed]
        done = committer.commit([checked_in(stream, same, at)])
        assert bool(done.farms) is changed
    with store.read() as connection:
        (server,) = farm_as_of(connection, stream.agent.farm, at).servers
    assert [one.stale for one in server.coverage] == [False]  # written before the farm is judged


def test_a_report_of_what_was_stale_has_the_farm_judged_anew_though_it_changes_nothing(store: Store) -> None:
    stream, committer = Stream(enrolled(store)), Committer(store, Metrics())
    committer.commit([reported(stream, 1, {"A": 1}, START)])
    at = START
    for sequence, (gap, changed) in enumerate(((31 * MINUTE, False), (32 * MINUTE, True)), start=2):
        at += gap
        assert bool(committer.commit([reported(stream, sequence, {"A": 1}, at)]).farms) is changed


def test_parts_that_are_gone_leave_the_digest_also_of_probes_that_are_remembered(store: Store) -> None:
    stream, committer, left = Stream(enrolled(store)), Committer(store, Metrics()), digest(("", {"A": 1}))
    gone = unknown(2)
    gone.part = "gone"
    committer.commit(
        [reported(stream, 1, {"A": 1}, START), Report(sender=stream, report=gone, at=START, received=START, size=1)]
    )
    for minute, differs in ((10, True), (40, False), (50, False)):
        done = committer.commit([checked_in(stream, left, START + minute * MINUTE, sequence=minute, ago=60)])
        assert bool(done.told[stream].snapshots) is differs, minute
        if differs:
            whole = reported(stream, 3, {"A": 1}, START + 10 * MINUTE)
            committer.commit([whole])
    assert covered(store, stream.agent) == [(0, 0, -1, 0), (0, 0, 10, 0), (0, 10, -1, 49)]


def test_no_more_servers_are_remembered_than_there_is_room_for(store: Store) -> None:
    few, same = Unchanged(servers_kept=2), digest(("", {"A": 1}))
    some = [enrolled(store) for _ in range(3)]
    at = START + MINUTE
    with store.write() as connection:
        apply_reports(connection, [incoming(one, full(1, {"A": 1}), START) for one in some])
        apply_check_ins(connection, [Arrived(one, EPOCH, frame(same, at), at) for one in some], few)
        few.write(connection)
    known = [few.confirm(one.server_id, "schannel", same, micros(at)) for one in some]
    assert known == [False, True, True]
    assert covered(store, *some) == [(n, 0, -1, 1) for n in range(3)]
