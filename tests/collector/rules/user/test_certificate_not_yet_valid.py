"""A user's certificate that has not begun is named."""

from datetime import timedelta

from farmsight_collector.rules.user.certificate_not_yet_valid import RULE
from tests.fakes.farms import NOW
from tests.fakes.pki import World, found, untold
from tests.fakes.users import SUBJECT, given, with_user


def test_a_certificate_of_tomorrow_is_found() -> None:
    world = with_user(given(not_before=NOW + timedelta(seconds=1)), server="WAP02")

    assert found(RULE, world) == [(SUBJECT, (), (), "error")]


def test_one_that_begins_this_very_second_is_valid() -> None:
    world = with_user(given(not_before=NOW))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_dates_that_are_not_shown_can_not_be_judged() -> None:
    one = given()
    one.given_certificate.certificate.ClearField("not_before")

    assert found(RULE, with_user(one)) == []
    assert untold(RULE, with_user(one)) == [(None, None)]


def test_files_that_could_not_be_read_leave_it_open() -> None:
    assert untold(RULE, World().blinded("STS02", "given-certificates")) == [(None, None)]
