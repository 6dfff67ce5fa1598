"""Dates in the regional formats of Windows: told by the output itself, or not at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.certutil import dates
from farmsight_agent.hosts.evidence.certutil.dates import Calendar

START, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


def told(text, *others, spans=(), at_once=()):
    found = Calendar([text, *others], spans, at_once).utc(text)
    return found and found.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9/28/2022 10:34 AM", "2022-09-28 10:34"),
        ("9/28/2022 12:34 AM", "2022-09-28 00:34"),
        ("9/28/2022 12:34 PM", "2022-09-28 12:34"),
        ("28/09/2022 10:34", "2022-09-28 10:34"),
        ("28/9/2022 10:34 a. m.", "2022-09-28 10:34"),
        ("28-9-2022 10:34", "2022-09-28 10:34"),
        ("09.10.2022 10:34", "2022-10-09 10:34"),
        ("9.10.2022 10.34", "2022-10-09 10:34"),
        ("9. 10. 2022 10:34:56", "2022-10-09 10:34"),
        ("9.10.2022 \u0433. 10:34", "2022-10-09 10:34"),
        ("2022-09-10 10:34", "2022-09-10 10:34"),
        ("2022/09/10 10:34", "2022-09-10 10:34"),
        ("2022/9/10 下午 10:34", "2022-09-10 22:34"),
        ("2022-09-10 오전 10:34", "2022-09-10 10:34"),
        ("2022. 09. 10. 10:34", "2022-09-10 10:34"),
        ("10:34 28/09/2022", "2022-09-28 10:34"),
        ("\u6771", None),
        ("R 4/09/10 10:34", "2022-09-10 10:34"),
        ("28/9/2565 10:34", "2022-09-28 10:34"),
        ("10.10.2022", "2022-10-10 00:00"),
        ("9/9/2022 10:34 AM", "2022-09-09 10:34"),  # the same in either order
        ("12/31/9999 1:00 AM", "9999-12-31 01:00"),
        ("9/10/2022 10:34", None),
        ("9/10/2022 10:34 AM", None),  # Australians write so too
        ("09/10/22 10:34", None),
        ("13/02/1444 10:34", None),  # another calendar
        ("28/09/2022 10:34 qm", None),  # which half of the day?
        ("31/02/2022 10:34", None),
        ("28/09/2022 25:34", None),
        ("V0.0", None),
        ("1.2.840.113549.1.1.11 sha256RSA", None),
        ("CN=28/09/2022", None),
        ("", None),
    ],
)
def test_a_date_alone(text, expected):
    assert told(text) == expected


def test_another_date_of_the_output_tells_the_order():
    assert told("9/10/2022 10:34", "9/13/2022 1:00") == "2022-09-10 10:34"
    assert told("9/10/2022 10:34", "13/9/2022 1:00") == "2022-10-09 10:34"


def test_dates_that_contradict_each_other_are_not_told():
    assert told("9/10/2022 10:34", "9/13/2022 1:00", "13/9/2022 1:00") is None


def test_what_ends_does_not_end_before_it_begins():
    span = ("10/9/2022 10:00", "11/8/2022 10:00")

    assert told(span[0], spans=[span]) == "2022-10-09 10:00"


def test_what_was_in_force_was_so_at_one_moment():
    """A certificate from 1 December on is not checked by a CRL that ends in August; one from 12 January on is."""
    certificate, crl = ("12/1/2022 1:00", "12/1/2023 1:00"), ("5/2/2022 1:00", "8/5/2022 1:00")

    assert told(crl[1], spans=[certificate, crl]) is None
    assert told(crl[1], spans=[certificate, crl], at_once=[certificate, crl]) == "2022-05-08 01:00"


def test_an_unknown_word_beside_an_hour_after_noon_is_no_half_of_the_day():
    assert told("28/09/2022 10:34 qm", "28/09/2022 17:34 qm") == "2022-09-28 10:34"


def test_years_of_the_buddhist_calendar_are_known_when_all_years_are():
    assert told("28/9/2565 10:34", "28/9/2575 10:34") == "2022-09-28 10:34"
    assert told("28/9/2565 10:34", "28/9/2022 10:34") is None


@given(st.text(max_size=80), st.lists(st.text(alphabet="0123456789/.-: APM年月", max_size=30), max_size=6))
def test_no_text_makes_a_calendar_fail(text, others):
    calendar = Calendar(others, [(text, one) for one in others], [(one, text) for one in others])

    assert calendar.utc(text) is None or dates.shown(text) is not None


@given(st.datetimes(min_value=START.replace(tzinfo=None), max_value=END.replace(tzinfo=None)))
def test_a_date_that_is_told_is_the_one_that_was_printed(moment):
    """Whichever of the formats it was printed in."""
    moment = moment.replace(second=0, microsecond=0)
    for pattern in ("%m/%d/%Y %I:%M %p", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"):
        found = Calendar([text := moment.strftime(pattern)]).utc(text)
        assert found is None or found.replace(tzinfo=None) == moment


@pytest.mark.parametrize("shown", ["3/14/2026 9:12 AM", "14.03.2026 09:12", "2026/03/14 9:12", "14/03/2026 09:12"])
def test_seconds_and_the_zone_that_options_of_the_tool_add_leave_a_date_a_date(shown):
    when = Calendar([shown]).utc(shown)
    for more in (" 23.000s", " GMT", " 5.123s GMT", " UTC"):
        assert Calendar([shown + more]).utc(shown + more) == when is not None
