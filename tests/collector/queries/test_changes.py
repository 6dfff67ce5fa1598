"""The change log and a finding's life, on both databases."""

from datetime import timedelta

import pytest

from farmsight_collector.ingest.apply import Incoming, apply_reports
from farmsight_collector.queries import changes
from farmsight_collector.queries.changes import Wanted
from farmsight_collector.queries.finding_life import life
from farmsight_collector.store.engine import Store
from tests.fakes.incoming import EPOCH, START, enrolled, full

FARM = "sts.contoso.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def told(store: Store) -> Store:
    """Tell a WAP's settings each minute: A is 1, 2, ..., 6; what is first looked at did not change."""
    agent = enrolled(store, server="WAP01")
    for number in range(6):
        at = START + number * MINUTE
        report = full(number + 1, {"A": number + 1, "B": 1}, at)
        with store.write() as connection:
            apply_reports(connection, [Incoming(agent=agent, epoch=EPOCH, report=report, at=at, received=at)])
    return store


def wanted(**more: object) -> Wanted:
    return Wanted(farm=FARM, begin=START - MINUTE, end=START + 9 * MINUTE, **more)  # type: ignore[arg-type]


def facts(store: Store, asked: Wanted, size: int = 200) -> tuple[list[tuple[int, str, str]], changes.Log]:
    with store.read() as connection:
        log = changes.log(connection, asked, size=size)
    return [
        ((one.at - START) // MINUTE, one.what, one.key) for one in log.changes if one.kind == "schannel-setting"
    ], log


def test_only_what_turned_is_told_last_first(told: Store) -> None:
    assert facts(told, wanted())[0] == [(number, "changed", "A") for number in (5, 4, 3, 2, 1)]


def test_a_page_ends_between_two_instants_and_the_next_goes_on_from_there(told: Store) -> None:
    asked, seen = wanted(kind="schannel-setting"), []
    for _ in range(9):
        some, log = facts(told, asked, size=2)
        seen += some
        if log.earlier is None:
            break
        asked = Wanted(farm=FARM, begin=asked.begin, end=log.earlier, kind=asked.kind)

    assert [number for number, _, _ in seen] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"server": "wap01"}, 5),
        ({"server": "WAP01"}, 5),
        ({"text": "a"}, 5),
        ({"text": "no such"}, 0),
        ({"kind": "service"}, 0),
        ({"kind": "finding"}, 0),
    ],
)
def test_the_log_is_narrowed(told: Store, asked: dict[str, str], count: int) -> None:
    assert len(facts(told, wanted(**asked))[0]) == count


def test_a_finding_that_nobody_watched_has_no_life(told: Store) -> None:
    with told.read() as connection:
        assert life(connection, FARM, "0" * 16, START + 9 * MINUTE).rows == ()
