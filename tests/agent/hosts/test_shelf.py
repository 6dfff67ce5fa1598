"""What a shelf keeps of what it read: a few results, and never a failure."""

import pytest

from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.outcome import FailedError

MORE_THAN_KEPT = 1000


def test_an_output_that_answers_several_questions_is_read_once():
    shelf, read = Shelf("WAP01", (), {}), []
    assert [shelf.once("a", lambda: read.append(1) or "told") for _ in range(3)] == ["told"] * 3
    assert read == [1]


def test_a_result_that_is_nothing_is_a_result():
    shelf, read = Shelf("WAP01", (), {}), []
    assert [shelf.once("a", lambda: read.append(1)) for _ in range(3)] == [None] * 3
    assert read == [1]


def test_what_could_not_be_read_is_tried_again_and_says_so_again():
    shelf = Shelf("WAP01", (), {})

    def broken():
        raise FailedError("truncated", "cut off")

    for _ in range(2):
        with pytest.raises(FailedError):
            shelf.once("a", broken)


def test_only_a_few_results_are_held():
    shelf = Shelf("WAP01", (), {})
    for number in range(MORE_THAN_KEPT):
        shelf.once(number, lambda: "x" * 1000)
    assert len(shelf._results) < 100
