"""crl.ocsp-failing."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.crl.ocsp_failing import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW
from tests.fakes.pki import World, found, retrieval, untold

URL = "http://ocsp.contoso.com/"


def answer(**times: timedelta) -> facts_pb2.OcspSummary:
    made = facts_pb2.OcspSummary(certificate_status=facts_pb2.OCSP_CERTIFICATE_STATUS_GOOD)
    for name, after in times.items():
        getattr(made, name).FromDatetime(NOW + after)
    return made


@pytest.mark.parametrize(
    ("outcome", "ocsp", "fires"),
    [
        ("OK", answer(next_update=timedelta(hours=1), responder_not_after=timedelta(days=9)), False),
        ("OK", answer(responder_not_after=timedelta(hours=-1)), True),
        ("OK", answer(next_update=timedelta(hours=-1)), True),
        ("OCSP_ERROR", facts_pb2.OcspSummary(response_status=6), True),
        ("CONNECT_TIMED_OUT", facts_pb2.OcspSummary(), True),
        ("BAD_BODY", facts_pb2.OcspSummary(), True),
    ],
)
def test_what_a_responder_can_do_wrong(outcome: str, ocsp: facts_pb2.OcspSummary, fires: bool) -> None:
    world = World().put("WAP01", retrieval(URL, purpose="ocsp", outcome=outcome, ocsp=ocsp))

    assert found(RULE, world) == ([(URL, ("WAP01",), ("system",), "warning")] if fires else [])


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
