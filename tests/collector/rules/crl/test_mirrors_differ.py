"""crl.mirrors-differ."""

from datetime import timedelta

from farmsight_collector.rules.crl.mirrors_differ import RULE
from tests.fakes.pki import ISSUING, URL, World, crl, found, retrieval, untold

MIRROR = "http://mirror.contoso.com/root.crl"


def test_the_url_that_lags_is_named() -> None:
    world = World().put("WAP01", retrieval(MIRROR, body=crl(number="09")))

    assert found(RULE, world) == [(MIRROR, ("WAP01",), ("system",), "warning")]


def test_when_the_older_one_is_over_it_is_no_more_than_a_warning_beside_a_current_one() -> None:
    world = World().put("WAP01", retrieval(MIRROR, body=crl(number="09", ends=timedelta(hours=-1))))

    assert found(RULE, world) == [(MIRROR, ("WAP01",), ("system",), "warning")]


def test_numbers_are_hexadecimal() -> None:
    world = World().put("WAP01", retrieval(MIRROR, body=crl(number="10")))

    assert [f[0] for f in found(RULE, world)] == [URL]


def test_equal_numbers_and_other_keys_are_no_difference() -> None:
    assert found(RULE, World().put("WAP01", retrieval(MIRROR))) == []
    assert found(RULE, World().put("WAP01", retrieval(MIRROR, body=crl(ISSUING, number="09")))) == []
    assert found(RULE, World().put("WAP01", retrieval(MIRROR, body=crl(number="")))) == []


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
