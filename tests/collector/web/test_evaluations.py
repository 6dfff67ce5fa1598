"""A farm is worked out once for all who ask the same about the same."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from farmsight_collector.web.evaluations import KEPT, Evaluations
from tests.fakes.reports import NOW, SetClock


class Counting:
    """Works out nothing, and counts."""

    def __init__(self) -> None:
        self.asked: Counter = Counter()
        self.revisions: Counter = Counter()
        self.clock = SetClock()
        self.gate: threading.Event | None = None
        self.fails = False
        self.evaluations = Evaluations(lambda farm: self.revisions[farm], self.clock, self._work)

    def _work(self, _connection, farm, at):
        self.asked[farm, at] += 1
        if self.gate:
            self.gate.wait(10)
        if self.fails:
            raise RuntimeError("no")
        return object()

    def get(self, farm="a", at=NOW):
        return self.evaluations.get(None, farm, at)


@pytest.fixture
def counting():
    return Counting()


def test_equal_questions_about_an_equal_store_have_one_answer(counting) -> None:
    assert counting.get() is counting.get()
    assert counting.get("b") is not counting.get()
    assert counting.get(at=NOW - timedelta(days=1)) is not counting.get()
    assert set(counting.asked.values()) == {1}


def test_a_change_be_it_in_the_past_has_it_worked_out_anew(counting) -> None:
    first = counting.get()
    counting.revisions["a"] += 1

    assert counting.get() is not first


def test_who_asks_meanwhile_waits_for_the_one_who_works_it_out(counting) -> None:
    counting.gate = threading.Event()
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(counting.get())) for _ in range(8)]
    for one in threads:
        one.start()
    counting.gate.set()
    for one in threads:
        one.join(10)

    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert counting.asked["a", NOW] == 1


def test_a_failure_is_not_kept(counting) -> None:
    counting.fails = True
    with pytest.raises(RuntimeError):
        counting.get()
    counting.fails = False

    assert counting.get() is not None


def test_only_a_few_are_kept(counting) -> None:
    for minute in range(KEPT + 1):
        counting.get(at=NOW - timedelta(minutes=minute))
    counting.get(at=NOW)

    assert counting.asked["a", NOW] == 2


def test_now_is_the_instant_of_a_moment_ago_as_long_as_nothing_changed(counting) -> None:
    first = counting.evaluations.now("a")
    counting.clock.at += timedelta(seconds=4)
    assert counting.evaluations.now("a") == first
    counting.revisions["a"] += 1
    assert counting.evaluations.now("a") == NOW + timedelta(seconds=4)
    counting.clock.at += timedelta(seconds=6)
    assert counting.evaluations.now("a") == NOW + timedelta(seconds=10)
    counting.clock.at -= timedelta(hours=1)
    assert counting.evaluations.now("a") == counting.clock.at, "a clock that was set back"
