"""What a shelf keeps of what it read: the last file and a few results, and never a failure."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Capture, Text
from farmsight_agent.hosts.evidence.intake.entries import EvidenceFile
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.outcome import FailedError

MORE_THAN_KEPT = 10


def test_an_output_that_answers_several_questions_is_read_once():
    shelf, read = Shelf("WAP01", (), {}), []
    assert [shelf.once("x", "a", lambda: read.append(1) or "told") for _ in range(3)] == ["told"] * 3
    assert read == [1]


def test_a_result_that_is_nothing_is_a_result():
    shelf, read = Shelf("WAP01", (), {}), []
    assert [shelf.once("x", "a", lambda: read.append(1)) for _ in range(3)] == [None] * 3
    assert read == [1]


def test_what_could_not_be_read_is_not_read_again_and_says_so_again():
    shelf, read = Shelf("WAP01", (), {}), []

    def broken():
        read.append(1)
        raise FailedError("truncated", "cut off", source="evidence:WAP01.txt:7")

    for _ in range(2):
        with pytest.raises(FailedError, match="truncated: cut off") as refused:
            shelf.once("x", "a", broken)
        assert refused.value.source == "evidence:WAP01.txt:7"
    assert read == [1]


def test_answers_of_one_kind_take_no_room_of_another():
    shelf, read = Shelf("WAP01", (), {}), []
    shelf.once("small", "a", lambda: read.append(1))
    shelf.once("large", "a", lambda: "told", kept=1)
    shelf.once("large", "b", lambda: "told", kept=1)
    shelf.once("small", "a", lambda: read.append(1))
    assert read == [1]


def test_only_a_few_results_are_held():
    shelf = Shelf("WAP01", (), {})
    for number in range(MORE_THAN_KEPT):
        shelf.once("x", number, lambda: "told", kept=3)
    again = []
    for number in range(MORE_THAN_KEPT):
        shelf.once("x", number, lambda: again.append(1), kept=3)
    assert len(again) >= MORE_THAN_KEPT - 3


def shelf_with(*outputs):
    """Return a shelf with one file of some outputs, and the captures of them."""
    data = "".join(outputs).encode()
    file = EvidenceFile(name="WAP01.txt", size=len(data), modified=None, state=(), reader=lambda _limit: data)
    captures, line = [], 1
    for one in outputs:
        lines = Text(name="", text=one).lines()[:-1]
        captures.append(Capture(form="x", file=file.name, first_line=line, last_line=line + len(lines) - 1))
        line += len(lines)
    return Shelf("WAP01", captures, {file.name: file}), captures


@given(st.lists(st.lists(st.text("ab ", max_size=3), min_size=1, max_size=3), min_size=1, max_size=4))
def test_each_output_of_a_file_is_its_own_lines_wherever_it_stands(outputs):
    shelf, captures = shelf_with(*("".join(f"{line}\r\n" for line in lines) for lines in outputs))
    for capture, lines in zip(captures, outputs, strict=True):
        text = shelf.text(capture)
        assert text.lines()[: len(lines)] == lines
        assert not any(text.lines()[len(lines) :])
        assert text.at(1) == f"evidence:WAP01.txt:{capture.first_line}"


@given(st.text("a\r\n", max_size=12), st.integers(1, 50))
def test_a_text_knows_its_last_line(content, first):
    text = Text(name="x", text=content, first_line=first)
    assert text.last_line == first + len(text.lines()) - 1


def test_thousands_of_outputs_in_one_file_take_no_longer_than_as_many_files():
    shelf, captures = shelf_with(*["CertUtil: -verify command completed successfully.\r\n" * 40] * 4000)
    began = time.process_time()
    assert sum(len(shelf.text(one).lines()) for one in captures) >= 160_000
    assert time.process_time() - began < 2
