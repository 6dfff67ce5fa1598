"""Which source answers, and what is said where a better one did not."""

import pytest

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.http.http_sys_sources import first_answer
from farmsight_agent.hosts.windows.http.httpapi_query import UnknownKindError
from farmsight_agent.outcome import DeniedError, FailedError, TimedOutError


def answers(*values):
    return lambda: Seen(values=values, source="whatever", lines=("a line",) * len(values))


def raises(error):
    def look():
        raise error

    return look


def test_the_first_that_answers_is_the_source():
    def never():
        raise AssertionError("asked though the first had answered")

    assert first_answer(("api", answers("a")), ("registry", never)) == Seen(values=("a",), source="api")


def test_nothing_is_an_answer():
    assert first_answer(("api", answers()), ("registry", answers("a"))) == Seen(values=(), source="api")


def test_a_later_source_says_why_the_earlier_ones_gave_none():
    seen = first_answer(
        ("api", raises(DeniedError("access-denied"))),
        ("registry", raises(FailedError("key-missing", "HKLM\\..."))),
        ("netsh", answers("a")),
    )

    assert seen == Seen(values=("a",), source="netsh (api: access-denied; registry: key-missing)")


def test_where_all_fail_a_refusal_is_what_counts_and_all_is_told():
    with pytest.raises(DeniedError) as caught:
        first_answer(
            ("api", raises(FailedError("api-failed", "error 31"))),
            ("registry", raises(DeniedError("registry-key-not-readable"))),
            ("netsh", raises(TimedOutError("netsh-too-slow"))),
        )

    assert caught.value.reason == "registry-key-not-readable"
    assert (
        caught.value.detail == "api: api-failed: error 31; registry: registry-key-not-readable; netsh: netsh-too-slow"
    )
    assert caught.value.source == "api, registry, netsh"


def test_else_the_first_fault_counts_by_its_outcome():
    with pytest.raises(FailedError) as caught:
        first_answer(("api", raises(UnknownKindError("unknown-kind"))), ("netsh", raises(TimedOutError("slow"))))

    assert type(caught.value) is FailedError
    assert caught.value.reason == "unknown-kind"


def test_what_is_no_outcome_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        first_answer(("api", lambda: 1 / 0), ("registry", answers("a")))
