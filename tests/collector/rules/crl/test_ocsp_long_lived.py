"""crl.ocsp-long-lived."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.crl.ocsp_long_lived import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW
from tests.fakes.pki import ISSUING, World, found, judged, retrieval, untold

OCSP = "http://ocsp.contoso.com/ocsp"


def answer(ends: timedelta | None) -> facts_pb2.Fact:
    value = facts_pb2.OcspSummary(certificate_status=facts_pb2.OCSP_CERTIFICATE_STATUS_GOOD)
    if ends is not None:
        value.next_update.FromDatetime(NOW + ends)
    return retrieval(OCSP, "system", purpose="ocsp", named_by=(ISSUING,), ocsp=value)


def test_an_answer_for_weeks_is_worth_knowing() -> None:
    world = World().put("WAP01", answer(timedelta(days=20)))

    assert found(RULE, world) == [(OCSP, ("WAP01",), ("system",), "info")]
    assert judged(RULE, world).findings[0].limit_used.startswith("7 days")


@pytest.mark.parametrize("ends", [timedelta(days=6), timedelta(days=-1), None])
def test_an_answer_for_days_or_without_an_end_is_right(ends: timedelta | None) -> None:
    assert found(RULE, World().put("WAP01", answer(ends))) == []


def test_an_answer_that_did_not_come_says_nothing() -> None:
    assert found(RULE, World().put("WAP01", retrieval(OCSP, purpose="ocsp", outcome="REFUSED"))) == []


def test_accounts_that_are_not_known_can_not_be_told() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
