"""crl.indirect."""

import pytest

from farmsight_collector.rules.crl.indirect import RULE
from tests.fakes.pki import URL, World, crl, found, retrieval, untold


@pytest.mark.parametrize("flag", ["indirect", "only_some_reasons"])
def test_kinds_that_windows_leaves_out(flag: str) -> None:
    world = World().put("WAP02", retrieval(body=crl(**{flag: True})))

    assert found(RULE, world) == [(URL, ("WAP02",), ("system",), "warning")]


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]


def test_a_complete_and_direct_crl_of_another_number_is_right() -> None:
    world = World().put("WAP02", retrieval(body=crl(number="0b")))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []
