"""crl.ocsp-failing."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.crl.ocsp_failing import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW
from tests.fakes.pki import World, found, judged, retrieval, untold

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


def way(method: str, outcome: str = "OK", *, status: int = 0, nonce: bool = False) -> facts_pb2.OcspWay:
    number = facts_pb2.RetrievalOutcome.Value(f"RETRIEVAL_OUTCOME_{outcome}")
    return facts_pb2.OcspWay(method=method, outcome=number, http_status=status, with_nonce=nonce)


def asked(*ways: facts_pb2.OcspWay, outcome: str = "OK", **times: timedelta) -> World:
    """Return a farm on which WAP01 asked its responder in these ways."""
    ocsp = answer(**times)
    ocsp.ways.extend(ways)
    return World().put("WAP01", retrieval(URL, purpose="ocsp", outcome=outcome, ocsp=ocsp))


def test_a_responder_that_refuses_get_alone_is_worth_knowing() -> None:
    world = asked(way("GET", "HTTP_STATUS", status=405), way("POST"))

    assert found(RULE, world) == [(URL, ("WAP01",), ("system",), "info")]
    assert judged(RULE, world).findings[0].title.endswith("by POST, and not by GET: the web server answers 405")


@pytest.mark.parametrize(
    "ways",
    [
        (way("GET"),),
        (way("POST"),),  # the question was too long for GET
        (way("GET"), way("POST", "OCSP_ERROR", nonce=True)),  # who answers from a cache can't echo a nonce
    ],
)
def test_a_responder_that_answers_the_first_question_is_well(ways: tuple[facts_pb2.OcspWay, ...]) -> None:
    assert found(RULE, asked(*ways)) == []
    assert untold(RULE, asked(*ways)) == []


def test_a_failure_says_what_each_way_of_asking_met_where_they_differ() -> None:
    expired = timedelta(hours=-1)
    world = asked(
        way("GET", "HTTP_STATUS", status=403),
        way("POST"),
        way("POST", "OCSP_ERROR", nonce=True),
        responder_not_after=expired,
    )
    (one,) = judged(RULE, world).findings

    assert one.severity.word == "warning"
    assert one.why.endswith(
        " By GET: the web server answers 403; by POST: it answers; by POST with a nonce: it answers with an error."
    )
    (same,) = judged(RULE, asked(way("GET", "REFUSED"), way("POST", "REFUSED"), outcome="REFUSED")).findings
    assert "By GET" not in same.why


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
