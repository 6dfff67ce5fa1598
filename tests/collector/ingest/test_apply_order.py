"""Whatever order reports arrive in, the history that is kept is the same."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from farmsight_collector.clock import micros
from farmsight_collector.ingest.apply import Applied, apply_reports
from farmsight_collector.store import schema
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import telemetry_pb2
from tests.fakes.incoming import START, delta, enrolled, full, incoming, unknown

MINUTE = timedelta(minutes=1)
states = st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 3), max_size=4)
outcomes = st.one_of(states, st.none())  # None: the run was denied
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Interval = tuple[str, int, int, bytes]


def history(store: Store, agent: AgentRow) -> tuple[list[Interval], list[tuple[int, int, int, bytes]]]:
    """Return the intervals of facts and of runs, with times in minutes since the start."""
    facts, runs = schema.facts.c, schema.coverage.c
    of_server = select(schema.slots.c.id).where(schema.slots.c.server_id == agent.server_id)
    with store.read() as connection:
        fact_rows = connection.execute(
            select(facts.key, facts.began, facts.ended, facts.digest).where(facts.slot_id.in_(of_server))
        ).all()
        run_rows = connection.execute(
            select(runs.began, runs.ended, runs.outcome, runs.digest).where(runs.slot_id.in_(of_server))
        ).all()
    return (
        sorted((key, _minute(began), _minute(ended), bytes(digest)) for key, began, ended, digest in fact_rows),
        sorted((_minute(began), _minute(ended), outcome, bytes(digest)) for began, ended, outcome, digest in run_rows),
    )


def _minute(at: int) -> int:
    return -1 if at == schema.OPEN else (at - micros(START)) // 60_000_000


def send(store: Store, agent: AgentRow, timed: list[tuple[int, telemetry_pb2.ProbeReport]]) -> list[Applied]:
    """Apply reports in one transaction."""
    with store.write() as connection:
        return apply_reports(connection, [incoming(agent, report, START + minute * MINUTE) for minute, report in timed])


def as_reports(runs: list[dict[str, int] | None]) -> list[tuple[int, telemetry_pb2.ProbeReport]]:
    return [
        (minute, unknown(minute) if state is None else full(minute, state))
        for minute, state in enumerate(runs, start=1)
    ]


def by_definition(runs: list[dict[str, int] | None]) -> list[tuple[str, int, int]]:
    """Return the intervals of each key's values, worked out minute by minute."""
    found: list[tuple[str, int, int]] = []
    held: dict[str, tuple[int, int]] = {}  # key -> number, since
    for minute, state in enumerate(runs, start=1):
        if state is None:
            continue
        for key, (number, since) in list(held.items()):
            if state.get(key) != number:
                found.append((key, since, minute))
                del held[key]
        for key, number in state.items():
            held.setdefault(key, (number, minute))
    return sorted(found + [(key, since, -1) for key, (_, since) in held.items()])


@given(runs=st.lists(outcomes, min_size=1, max_size=7), seed=st.randoms(use_true_random=False))
@SETTINGS
def test_any_order_of_full_reports_gives_the_history_of_the_right_order(
    store: Store, runs: list[dict[str, int] | None], seed: random.Random
) -> None:
    """An agent that drains a day of backlog newest first leaves what a connected one would have left."""
    reports = as_reports(runs)
    in_order, shuffled, one_by_one = enrolled(store), enrolled(store), enrolled(store)
    send(store, in_order, reports)
    mixed = [*reports, *seed.sample(reports, k=len(reports) // 2)]  # some of them twice
    seed.shuffle(mixed)
    send(store, shuffled, mixed)
    for each in mixed:
        send(store, one_by_one, [each])
    expected = history(store, in_order)
    assert [(key, began, ended) for key, began, ended, _ in expected[0]] == by_definition(runs)
    assert history(store, shuffled) == expected
    assert history(store, one_by_one) == expected


@given(
    runs=st.lists(states, min_size=2, max_size=7),
    cut=st.integers(1, 6),
    together=st.booleans(),
    newest_whole=st.booleans(),
)
@SETTINGS
def test_deltas_after_a_newest_full_report_fill_the_past(
    store: Store, runs: list[dict[str, int]], cut: int, together: bool, newest_whole: bool
) -> None:
    """Newest state first, then the older changes ascending: the same history as when always connected."""
    cut = min(cut, len(runs) - 1)
    in_order, drained = enrolled(store), enrolled(store)
    changes = [(1, full(1, runs[0]))] + [
        (minute, delta(minute, runs[minute - 2], runs[minute - 1])) for minute in range(2, len(runs) + 1)
    ]
    send(store, in_order, changes)
    send(store, drained, changes[:cut])
    backlog = changes[cut:]
    if newest_whole:
        backlog = [(len(runs), full(len(runs), runs[-1])), *backlog[:-1]]
    for some in [backlog] if together else [[each] for each in backlog]:
        assert {answer.result for answer in send(store, drained, some)} <= {"applied"}
    assert history(store, drained) == history(store, in_order)


def test_a_delta_whose_base_is_not_the_state_before_changes_nothing(store: Store) -> None:
    """A delta against a state that the collector never saw asks for a snapshot instead of guessing."""
    agent = enrolled(store)
    send(store, agent, [(1, full(1, {"A": 1}))])
    before = history(store, agent)
    for report in (delta(2, {"A": 2}, {"A": 3}), delta(3, {"A": 1, "B": 1}, {"A": 1})):
        (answer,) = send(store, agent, [(2, report)])
        assert (answer.result, answer.changed) == ("base-unknown", False)
    assert history(store, agent) == before


def test_a_delta_against_a_run_that_could_not_look_brings_all_that_is(store: Store) -> None:
    agent = enrolled(store)
    send(store, agent, [(1, full(1, {"A": 1, "B": 1})), (2, unknown(2))])
    report = delta(3, {}, {"A": 1})
    report.base_digest = unknown(2).digest
    (answer,) = send(store, agent, [(3, report)])
    assert answer.result == "applied"
    assert [(key, began, ended) for key, began, ended, _ in history(store, agent)[0]] == [
        ("A", 1, -1),
        ("B", 1, 3),
    ]


def test_a_replayed_report_is_a_duplicate_in_the_same_batch_and_later(store: Store) -> None:
    agent = enrolled(store)
    report = full(1, {"A": 1})
    results = [a.result for a in send(store, agent, [(1, report), (1, report)])]
    results += [a.result for a in send(store, agent, [(9, report)])]
    assert results == ["applied", "duplicate", "duplicate"]
    assert len(history(store, agent)[1]) == 1


@pytest.mark.parametrize("first", ["low", "high"])
def test_of_two_reports_of_one_instant_the_later_numbered_counts(store: Store, first: str) -> None:
    agent = enrolled(store)
    send(store, agent, [(1, full(1, {"A": 1})), (9, full(2, {"A": 9}))])
    both = [(5, full(3, {"A": 5, "B": 1})), (5, full(4, {"A": 1}))]
    for each in both if first == "low" else both[::-1]:
        send(store, agent, [each])
    facts, runs = history(store, agent)
    assert [(key, began, ended) for key, began, ended, _ in facts] == [("A", 1, 9), ("A", 9, -1)]
    assert [(began, ended) for began, ended, _, _ in runs] == [(1, 5), (5, 9), (9, -1)]
