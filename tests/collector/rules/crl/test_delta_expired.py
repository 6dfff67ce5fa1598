"""crl.delta-expired."""

from datetime import timedelta

from farmsight_collector.rules.crl.delta_expired import RULE
from tests.fakes.pki import DELTA_URL, ISSUING, World, crl, found, retrieval, untold


def delta(ends: timedelta) -> World:
    body = crl(ISSUING, number="0b", delta_base_number="0a", ends=ends, publish=None)
    return World().put("WAP01", retrieval(DELTA_URL, purpose="delta", body=body))


def test_an_expired_delta_is_named_and_a_current_one_is_not() -> None:
    assert found(RULE, delta(timedelta(minutes=-1))) == [(DELTA_URL, ("WAP01",), ("system",), "error")]
    assert found(RULE, delta(timedelta(minutes=1))) == []


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
