"""One spelling for what an agent measured and what the platform's tool printed; times without a zone decide little."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.pki.freshness import over
from farmsight_collector.pki.known import LISTED_DATES, passed
from farmsight_collector.pki.told import plain
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.farms import NOW

FAILED = f.RETRIEVAL_OUTCOME_FAILED


@pytest.mark.parametrize(
    ("error", "outcome", "status"),
    [
        ("0x80072ee2", f.RETRIEVAL_OUTCOME_TIMED_OUT, 0),
        ("0x80072EE7", f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED, 0),
        ("0x80072efd", f.RETRIEVAL_OUTCOME_UNREACHABLE, 0),
        ("0x80190194", f.RETRIEVAL_OUTCOME_HTTP_STATUS, 404),
        ("0x80190197", f.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION, 407),
        ("0x801901f7", f.RETRIEVAL_OUTCOME_HTTP_STATUS, 503),
        ("0x8009310b", f.RETRIEVAL_OUTCOME_BAD_BODY, 0),
        ("0x80004005", FAILED, 0),
        ("", FAILED, 0),
    ],
)
def test_codes_are_outcomes_in_every_language(error: str, outcome: int, status: int) -> None:
    read = plain(f.Retrieval(outcome=FAILED, platform_word="Fehler", platform_error=error))

    assert (read.outcome, read.http_status) == (outcome, status)


def test_an_outcome_that_was_told_is_not_told_anew() -> None:
    read = plain(f.Retrieval(outcome=f.RETRIEVAL_OUTCOME_RESET, platform_word="Failed", platform_error="0x80072ee2"))

    assert read.outcome == f.RETRIEVAL_OUTCOME_RESET


@pytest.mark.parametrize(
    ("word", "signature"),
    [
        ("Wrong Issuer", f.SIGNATURE_CHECK_WRONG_ISSUER),
        ("Bad Signature", f.SIGNATURE_CHECK_FAILED),
        ("Verified", f.SIGNATURE_CHECK_UNSPECIFIED),
    ],
)
def test_words_that_mean_that_something_came(word: str, signature: int) -> None:
    read = plain(f.Retrieval(outcome=FAILED, platform_word=word))

    assert (read.outcome, read.signature) == (f.RETRIEVAL_OUTCOME_OK, signature)


def test_what_an_agent_measured_is_left_alone() -> None:
    one = f.Retrieval(outcome=FAILED, system_error=110)

    assert plain(one) is one


REFUSED = f.RETRIEVAL_OUTCOME_DIRECTORY_RESULT


def test_what_a_directory_refuses_to_a_reader_without_a_login_is_not_known_of_the_account() -> None:
    for beside in ({}, {"platform_wire": f.PlatformAnswer(detail="it was not asked")}):
        read = plain(f.Retrieval(outcome=REFUSED, detail="no such object for anonymous readers", **beside))

        assert read.outcome == f.RETRIEVAL_OUTCOME_UNKNOWN
        assert "no such object for anonymous readers" in read.detail


@pytest.mark.parametrize(
    "beside", [{"platform_wire": f.PlatformAnswer(error="0x80072030")}, {"platform_error": "0x80072030"}]
)
def test_what_the_platform_is_refused_too_is_refused(beside: dict[str, object]) -> None:
    assert plain(f.Retrieval(outcome=REFUSED, **beside)).outcome == REFUSED  # type: ignore[arg-type]


def crl(ends: timedelta | None, word: str = "", *, seen: bool = True, agent: bool = False) -> f.Retrieval:
    made = f.Retrieval(outcome=f.RETRIEVAL_OUTCOME_OK, platform_word=word)
    if not agent:
        made.dates_seen = seen
    if ends is not None:
        made.crl.next_update.FromDatetime(NOW + ends)
    return made


@pytest.mark.parametrize(
    ("one", "ended"),
    [
        (crl(timedelta(hours=-1), agent=True), True),
        (crl(timedelta(hours=1), agent=True), False),
        (crl(None, agent=True), False),
        (crl(timedelta(hours=-15)), True),
        (crl(timedelta(hours=-13)), None),
        (crl(timedelta(hours=13)), None),
        (crl(timedelta(hours=15)), False),
        (crl(timedelta(hours=-13), "Verified"), False),
        (crl(timedelta(hours=13), "Expired"), True),
        (crl(timedelta(days=-3), "Verified"), True),
        (crl(None, "Expired", seen=False), True),
        (crl(None, "Verified", seen=False), False),
        (crl(None, "\u00dcberpr\u00fcft", seen=False), None),
        (crl(None, "\u00dcberpr\u00fcft", seen=True), False),
    ],
)
def test_whether_a_crl_is_over(one: f.Retrieval, ended: bool | None) -> None:
    assert over(one, NOW) is ended


def test_a_listed_date_decides_only_from_a_day_on() -> None:
    assert passed(NOW - timedelta(hours=25), NOW, LISTED_DATES) is True
    assert passed(NOW + timedelta(hours=25), NOW, LISTED_DATES) is False
    assert passed(NOW - timedelta(hours=23), NOW, LISTED_DATES) is None
    assert passed(NOW - timedelta(hours=23), NOW, timedelta(0)) is True
    assert passed(None, NOW, timedelta(0)) is None


@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 40))
def test_no_words_or_codes_make_it_raise(word: str, error: str, outcome: int) -> None:
    one = f.Retrieval(outcome=outcome, platform_word=word, platform_error=error)  # type: ignore[arg-type]

    assert plain(plain(one)) == plain(one)
