"""How http.sys is asked: room for the answer, the end of a list, a list that changes, and what refusals mean."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.http.httpapi_query import (
    MAX_RECORD_BYTES,
    MAX_RECORDS,
    Reply,
    UnknownKindError,
    record,
    records,
    settled,
)
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, UnavailableError

SSL, URL_ACL = 1, 2


def answering(*held, needs=lambda call: 0):
    """Return a way to ask for records that are these, each asking for so much room in each call."""
    calls = itertools.count()

    def ask(kind, question, size):
        needed = needs(next(calls))
        if needed > size:
            return Reply(status=122, needed=needed)
        token = int.from_bytes(question, "little")
        if token >= len(held):
            return Reply(status=259 if held else 2)
        return Reply(status=0, needed=needed, data=held[token])

    return ask


def every(ask):
    return [one.data for one in records(ask, SSL, lambda token: token.to_bytes(4, "little"))]


def failing(status):
    return lambda kind, question, size: Reply(status=status)


def test_all_records_come_in_their_order():
    assert every(answering(b"one", b"two", b"three")) == [b"one", b"two", b"three"]


def test_where_there_is_none_there_is_none():
    assert every(answering()) == []


@pytest.mark.parametrize("needed", [0, 1024, 1025, 5000, MAX_RECORD_BYTES])
def test_a_record_gets_the_room_that_it_asks_for(needed):
    assert every(answering(b"a", b"b", needs=lambda call: needed)) == [b"a", b"b"]


def test_a_record_that_grows_between_two_calls_is_asked_for_again():
    assert every(answering(b"a", needs=lambda call: 2000 + 3000 * call if call < 3 else 0)) == [b"a"]


@pytest.mark.parametrize("needs", [lambda call: MAX_RECORD_BYTES + 1, lambda call: 1100 * 3**call])
def test_one_that_grows_without_end_is_left(needs):
    with pytest.raises(FailedError):
        every(answering(b"a", needs=needs))


def test_a_size_that_is_told_too_small_still_ends():
    with pytest.raises(FailedError, match=r"too-large|unsteady"):
        record(lambda kind, question, size: Reply(status=122, needed=8), SSL, b"")


def test_records_without_end_are_left():
    with pytest.raises(FailedError, match=f"more than {MAX_RECORDS}"):
        every(lambda kind, question, size: Reply(status=0, data=b"x"))


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (5, DeniedError, "access-denied"),
        (1058, UnavailableError, "http-service-disabled"),
        (87, UnknownKindError, "unknown-kind"),
        (50, UnknownKindError, "unknown-kind"),
        (1, UnknownKindError, "unknown-kind"),
        (31, FailedError, "api-failed"),
    ],
)
def test_what_a_refusal_means(status, error, reason):
    with pytest.raises(error) as caught:
        record(failing(status), URL_ACL, b"")
    assert caught.value.reason == reason


@given(st.integers(0, 0xFFFFFFFF))
def test_every_status_is_an_answer_or_an_outcome(status):
    try:
        found = record(failing(status), SSL, b"")
    except NotObservedError:
        return
    assert status in {0, 2, 259}
    assert (found is None) == (status != 0)


def test_a_list_is_taken_once_it_stays_the_same():
    readings = iter([["a", "b", "c"], ["a", "c"], ["a", "b", "c"], ["a", "b", "c"]])

    assert settled(lambda: next(readings)) == ["a", "b", "c"]


def test_a_list_that_never_stays_the_same_is_not_known():
    readings = itertools.count()
    with pytest.raises(FailedError, match="kept changing"):
        settled(lambda: [next(readings)])
