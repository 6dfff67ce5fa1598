"""crl.not-yet-valid."""

from datetime import timedelta

from farmsight_collector.rules.crl.not_yet_valid import RULE
from tests.fakes.pki import URL, World, clock, crl, found, retrieval, untold


def begins(after: timedelta, clock_s: int = 0) -> World:
    return World().put("WAP01", retrieval(body=crl(begins=after, publish=None)), clock(clock_s))


def test_a_crl_of_the_future_is_a_warning() -> None:
    assert found(RULE, begins(timedelta(minutes=3))) == [(URL, ("WAP01",), ("system",), "warning")]


def test_the_servers_own_clock_counts() -> None:
    assert len(found(RULE, begins(timedelta(minutes=-10), clock_s=-3600))) == 1
    assert found(RULE, begins(timedelta(minutes=3), clock_s=600)) == []
    assert found(RULE, begins(timedelta(seconds=-1))) == []


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
