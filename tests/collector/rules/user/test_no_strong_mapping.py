"""A user's certificate without the account's SID is named."""

import pytest

from farmsight_collector.rules.user.no_strong_mapping import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import PUBLIC, World, found, make, untold
from tests.fakes.users import SUBJECT, given, with_user


def test_a_certificate_without_a_sid_is_a_warning() -> None:
    world = with_user(given(sid_extension=facts_pb2.TRISTATE_NO, account_sid=""))

    assert found(RULE, world) == [(SUBJECT, (), (), "warning")]


def test_a_public_ca_knows_no_sids() -> None:
    bought = make("Jo", PUBLIC, ca=False)
    world = with_user(given(bought, sid_extension=facts_pb2.TRISTATE_NO, account_sid=""))

    assert [one[3] for one in found(RULE, world)] == ["info"]


def test_a_certificate_with_the_sid_is_right() -> None:
    assert found(RULE, with_user(given())) == []
    assert untold(RULE, with_user(given())) == []


@pytest.mark.parametrize("told", [facts_pb2.TRISTATE_UNKNOWN, facts_pb2.TRISTATE_UNSPECIFIED])
def test_a_source_that_does_not_show_it_can_not_tell(told: facts_pb2.Tristate.ValueType) -> None:
    world = with_user(given(sid_extension=told, account_sid=""))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_files_that_could_not_be_read_leave_it_open() -> None:
    assert untold(RULE, World().blinded("STS02", "given-certificates")) == [(None, None)]
