"""A user's certificate that is not made for client authentication is named."""

import pytest

from farmsight_collector.rules.user.eku_without_client_auth import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import World, found, untold
from tests.fakes.users import SUBJECT, given, with_user

MAIL, SMART_CARD = "1.3.6.1.5.5.7.3.4", "1.3.6.1.4.1.311.20.2.2"


@pytest.mark.parametrize("usages", [[MAIL], [MAIL, SMART_CARD], []])
def test_usages_without_client_authentication_are_found(usages: list[str]) -> None:
    assert found(RULE, with_user(given(extended_key_usages=usages))) == [(SUBJECT, (), (), "error")]


@pytest.mark.parametrize("usage", ["1.3.6.1.5.5.7.3.2", "2.5.29.37.0"])
def test_client_authentication_or_any_usage_among_others_is_right(usage: str) -> None:
    assert found(RULE, with_user(given(extended_key_usages=[MAIL, usage]))) == []


def test_no_list_of_usages_is_good_for_all() -> None:
    world = with_user(given(extended_key_usages=[], extended_key_usage_present=facts_pb2.TRISTATE_NO))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


@pytest.mark.parametrize("present", [facts_pb2.TRISTATE_UNKNOWN, facts_pb2.TRISTATE_UNSPECIFIED])
def test_usages_that_are_not_shown_can_not_be_judged(present: facts_pb2.Tristate.ValueType) -> None:
    world = with_user(given(extended_key_usages=[], extended_key_usage_present=present))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_files_that_could_not_be_read_leave_it_open() -> None:
    assert untold(RULE, World().blinded("STS02", "given-certificates")) == [(None, None)]
