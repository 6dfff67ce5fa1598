"""URL by server and account, with what each cell stands on."""

from datetime import timedelta

import pytest

from farmsight_collector.queries.fetches import went
from farmsight_collector.queries.retrievals import fold, matrix
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.farms import NOW, fact, farm, server

URL = "http://pki.contoso.com/ca1.crl"
KEY = f"crl {URL}"


def fetched(context: str = "system", **fields) -> f.Fact:
    fields.setdefault("outcome", f.RETRIEVAL_OUTCOME_OK)
    made = f.Retrieval(url=URL, purpose=f.RETRIEVAL_PURPOSE_CRL, size=1200, **fields)
    return fact(made, KEY, context)


def ocsp(**until: float) -> f.Retrieval:
    made = f.Retrieval(outcome=f.RETRIEVAL_OUTCOME_OK, purpose=f.RETRIEVAL_PURPOSE_OCSP)
    made.ocsp.certificate_status = f.OCSP_CERTIFICATE_STATUS_GOOD
    made.ocsp.next_update.FromDatetime(NOW + timedelta(**until))
    return made


def test_a_cell_has_how_it_went_how_long_it_took_and_how_much_came() -> None:
    (row,) = matrix(farm(server("WAP01", "wap", fetched())), {("WAP01", "system", KEY): 41.5}).rows
    (cell,) = row.cells

    assert (cell.state, cell.duration_ms, cell.size) == ("ok", 41.5, 1200)
    assert (row.purpose, row.host) == ("crl", "pki.contoso.com")


def test_an_account_whose_agent_fell_silent_is_stale_and_shows_what_was_so_last() -> None:
    (row,) = matrix(farm(server("WAP01", "wap", fetched(), stale=True))).rows
    (cell,) = row.cells

    assert cell.state == "stale"
    assert cell.text == "last seen 2026-11-23 10:00Z; it was then: fetched"
    assert cell.held is not None


def test_an_account_that_could_not_be_entered_is_not_known_and_says_why() -> None:
    refused = server("WAP02", "wap", unknown=[("retrievals", "", "network-service")])
    made = matrix(farm(server("WAP01", "wap", fetched()), refused))

    assert [place.context for place in made.places] == ["system", "network-service"]
    assert [(cell.state, cell.text) for cell in made.rows[0].cells][1] == ("unknown", "denied: made-so")


def test_a_url_that_works_here_and_not_there_differs() -> None:
    dead = fetched(outcome=f.RETRIEVAL_OUTCOME_REFUSED)
    (row,) = matrix(farm(server("WAP01", "wap", fetched()), server("WAP02", "wap", dead))).rows

    assert row.differs
    assert (row.count("ok"), row.count("bad")) == (1, 1)


@pytest.mark.parametrize(
    ("value", "state", "text"),
    [
        (ocsp(hours=2), "ok", "good, until 2026-11-23 12:00Z"),
        (ocsp(hours=-2), "unknown", "good, an answer that ended 2026-11-23 08:00Z"),
        (f.Retrieval(outcome=f.RETRIEVAL_OUTCOME_OK, ocsp=f.OcspSummary(response_status=6)), "bad",
         "the responder refuses to answer (status 6)"),
        (f.Retrieval(outcome=f.RETRIEVAL_OUTCOME_OK, ocsp=f.OcspSummary(certificate_status=3)), "bad",
         "the responder does not know the certificate"),
    ],
)  # fmt: skip
def test_what_a_responder_said_is_good_only_while_its_answer_lasts(value: f.Retrieval, state: str, text: str) -> None:
    told = went(value, NOW)

    assert (told.state, told.text) == (state, text)


def test_columns_that_say_the_same_are_one_when_their_heads_are_equal() -> None:
    heads = ["wap", "wap", "adfs", "wap"]

    assert fold(heads, [["ok", "ok", "ok", "bad"], ["ok", "ok", "ok", "ok"]]) == [[0, 1], [2], [3]]
    assert fold(heads, []) == [[0, 1, 3], [2]]
