"""What stood at some time in a span and ended in it, on SQLite and on PostgreSQL."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from farmsight_collector.ingest.apply import apply_reports
from farmsight_collector.store.engine import Store
from farmsight_collector.store.stood import Stood, ended_within
from farmsight_wire.v1 import facts_pb2
from tests.fakes.incoming import KIND, START, enrolled, full, incoming

FARM = "sts.contoso.com"
HOUR = timedelta(hours=1)
# At each hour all settings of the one server: B ends at 1, A gets another value at 1 and 2 and ends at 3, C stays.
STATES: tuple[Mapping[str, int], ...] = ({"A": 1, "B": 1, "C": 1}, {"A": 2, "C": 1}, {"A": 3, "C": 1}, {"C": 1})


@pytest.fixture
def watched(store: Store) -> Store:
    agent = enrolled(store, farm=FARM, server="WAP01")
    for hour, state in enumerate(STATES):
        at = START + hour * HOUR
        with store.write() as connection:
            apply_reports(connection, [incoming(agent, full(hour + 1, state, at), at)])
    return store


def ended(store: Store, first: float, last: float, limit: int = 100) -> list[Stood]:
    with store.read() as connection:
        return ended_within(connection, FARM, {KIND}, START + first * HOUR, START + last * HOUR, limit=limit)


def values(found: list[Stood]) -> dict[str, int]:
    return {one.key: facts_pb2.Fact.FromString(one.value).schannel_setting.number for one in found}


def test_each_key_that_ended_in_the_span_is_told_once_with_its_last_value(watched: Store) -> None:
    found = ended(watched, 0, 4)

    assert values(found) == {"A": 3, "B": 1}
    assert {(one.server, one.role, one.kind) for one in found} == {("WAP01", "wap", KIND)}


def test_what_ended_before_or_after_the_span_is_not_in_it(watched: Store) -> None:
    assert values(ended(watched, 1.5, 2.5)) == {"A": 2}
    assert values(ended(watched, 3.5, 9)) == {}


def test_of_too_many_those_that_ended_last_are_told(watched: Store) -> None:
    assert values(ended(watched, 0, 4, limit=1)) == {"A": 3}
