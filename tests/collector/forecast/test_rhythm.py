"""Whether a CA makes its next CRL before the last one ends."""

from datetime import datetime, timedelta

from farmsight_collector.forecast.expected import Expected
from farmsight_collector.forecast.rhythm import Published, next_one
from tests.fakes.farms import NOW

HOUR = timedelta(hours=1)
KEY = "crl http://pki.contoso.com/ca1.crl"


def made(*ago: float, lasts: float = 192.0) -> list[Published]:
    return [Published(made=NOW - n * HOUR, ends=NOW - (n - lasts) * HOUR) for n in ago]


def weekly(count: int, *, later_by: float = 0.0, last: float = 24.0) -> list[Published]:
    """Return weekly CRLs with a day's overlap, each `later_by` hours later than the one before; the last one so old."""
    ago, found = last, []
    for index in range(count):
        found.append(ago)
        ago += 168.0 + later_by * (count - index)
    return made(*reversed(found))


def told(crls: list[Published], now: datetime = NOW) -> Expected:
    return next_one(KEY, crls, now)


def test_a_ca_that_keeps_its_week_is_well() -> None:
    one = told(weekly(10))

    assert one.state == "not-expected"
    assert one.at == NOW + (168 - 24) * HOUR
    assert "24 h before this one ends" in one.says


def test_a_ca_that_publishes_later_each_time_misses_the_end_before_it_happens() -> None:
    one = told(weekly(12, later_by=3.0))

    assert one.state == "expected"
    assert "after this one ends" in one.says
    assert one.at == NOW + (192 - 24) * HOUR
    assert one.per_day > 2


def test_a_slow_drift_says_after_how_many_more_it_is_too_late() -> None:
    one = told(weekly(12, later_by=0.5))

    assert one.state == "not-expected"
    assert "at this rate one comes too late after" in one.says


def test_what_should_have_come_is_late_and_what_ended_is_over() -> None:
    assert "late already, by 8.0 h" in told(weekly(10, last=176.0)).says
    assert told(weekly(10, last=200.0)).state == "now"


def test_two_crls_and_times_in_which_nobody_looked_are_no_rhythm() -> None:
    unwatched = [Published(made=one.made, ends=one.ends, watched=False) for one in weekly(10)]

    assert "2 CRLs are fewer than 4" in told(weekly(2)).says
    assert "0 were watched for" in told(unwatched).says
    assert told([]).state == "none"
