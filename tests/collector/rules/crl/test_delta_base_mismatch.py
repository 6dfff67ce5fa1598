"""crl.delta-base-mismatch."""

from farmsight_collector.rules.crl.delta_base_mismatch import RULE
from tests.fakes.pki import DELTA_URL, ISSUING, World, crl, found, retrieval, untold


def delta(base: str) -> World:
    body = crl(ISSUING, number="0c", delta_base_number=base)
    return World().put("WAP01", retrieval(DELTA_URL, purpose="delta", body=body))


def test_a_delta_on_a_newer_base_than_served_is_named() -> None:
    assert found(RULE, delta("0b")) == [(DELTA_URL, ("WAP01",), ("system",), "warning")]
    assert found(RULE, delta("0a")) == []
    assert found(RULE, delta("09")) == []


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
