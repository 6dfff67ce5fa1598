"""URL by server and account."""

from datetime import timedelta

import pytest

from farmsight_collector.report.retrieval_matrix import matrix
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW, fact, farm, server

URL = "http://pki.contoso.com/ca1.crl"


def fetched(context: str = "system", **fields) -> facts_pb2.Fact:
    fields.setdefault("outcome", facts_pb2.RETRIEVAL_OUTCOME_OK)
    made = facts_pb2.Retrieval(url=URL, purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, **fields)
    return fact(made, f"crl {URL}", context)


def crl(**until: float) -> facts_pb2.CrlSummary:
    made = facts_pb2.CrlSummary(number="2a")
    if until:
        made.next_update.FromDatetime(NOW + timedelta(**until))
    return made


@pytest.mark.parametrize(
    ("fields", "state", "text"),
    [
        ({"crl": crl(days=2)}, "ok", "CRL 2a, until 2026-11-25 10:00Z"),
        ({"crl": crl(), "dates_seen": False}, "ok", "CRL 2a, dates not shown"),
        ({"crl": crl()}, "ok", "CRL 2a, never expires"),
        ({}, "ok", "fetched"),
        ({"crl": crl(hours=-1)}, "bad", "expired"),
        ({"crl": crl(days=2), "signature": facts_pb2.SIGNATURE_CHECK_FAILED}, "bad", "signed by another key"),
        ({"outcome": facts_pb2.RETRIEVAL_OUTCOME_REFUSED}, "bad", "the connection is refused"),
        ({"outcome": facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN}, "unknown", "not told"),
    ],
)
def test_how_a_fetch_went_is_told_in_a_few_words(fields: dict[str, object], state: str, text: str) -> None:
    (row,) = matrix(farm(server("WAP01", "wap", fetched(**fields)))).rows

    assert (row.cells[0].state, row.cells[0].text) == (state, text)


def test_a_url_that_works_here_and_not_there_differs_and_one_that_nobody_asked_for_there_does_not() -> None:
    refused = fetched("network-service", outcome=facts_pb2.RETRIEVAL_OUTCOME_REFUSED)
    other = facts_pb2.Retrieval(url="http://x/y.crt", outcome=facts_pb2.RETRIEVAL_OUTCOME_OK)
    made = matrix(
        farm(
            server("WAP01", "wap", fetched(crl=crl(days=2)), refused),
            server("WAP02", "wap", fetched(crl=crl(days=2)), fact(other, "aia http://x/y.crt", "system")),
        )
    )

    assert [(one.server, one.context) for one in made.columns] == [
        ("WAP01", "network-service"),
        ("WAP01", "system"),
        ("WAP02", "system"),
    ]
    assert [(row.purpose, row.differs) for row in made.rows] == [("crl", True), ("aia", False)]
    assert [cell.text for cell in made.rows[1].cells] == ["not asked", "not asked", "fetched"]
