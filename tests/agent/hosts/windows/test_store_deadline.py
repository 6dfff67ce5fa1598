"""One store that hangs takes no other along, and is not asked again until it has come back."""

import threading

import pytest

from farmsight_agent.hosts.windows.stores.store_deadline import within
from farmsight_agent.outcome import TimedOutError


def test_an_answer_in_time_is_the_answer():
    assert within(5, "store MY", lambda: 42) == 42


def test_what_the_call_raises_is_raised():
    def look():
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        within(5, "store MY", look)


def test_a_call_that_hangs_is_left_behind_and_asked_again_only_when_it_is_back():
    lasts, asked = threading.Event(), []

    def look():
        asked.append(threading.current_thread())
        lasts.wait(30)
        return "late"

    with pytest.raises(TimedOutError, match="no-answer"):
        within(0.05, "store ROOT", look)
    with pytest.raises(TimedOutError, match="still-hangs"):
        within(30, "store ROOT", look)
    assert within(5, "store CA", lambda: "other") == "other"
    assert len(asked) == 1

    lasts.set()
    asked[0].join(5)
    assert within(5, "store ROOT", look) == "late"
