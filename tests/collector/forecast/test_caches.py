"""Which server lets go first while a URL does not answer: "WAP01 works until 14:20, WAP02 fails now"."""

from datetime import timedelta

from farmsight_collector.forecast.caches import lets_go
from farmsight_collector.forecast.expected import Expected
from farmsight_collector.model.view import Server
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.farms import NOW, fact, farm, server

URL = "http://pki.contoso.com/ca1.crl"
MIRROR = "http://mirror.contoso.com/ca1.crl"
ISSUER = "CN=Contoso Issuing CA 1"
HOUR = timedelta(hours=1)
AS = "network-service"


def crl(hours: float) -> f.CrlSummary:
    made = f.CrlSummary(issuer=ISSUER, number="2a")
    made.next_update.FromDatetime(NOW + hours * HOUR)
    return made


def fetch(outcome: f.RetrievalOutcome.ValueType, url: str = URL, hours: float | None = None) -> f.Fact:
    made = f.Retrieval(outcome=outcome, url=url, purpose=f.RETRIEVAL_PURPOSE_CRL)
    if hours is not None:
        made.crl.CopyFrom(crl(hours))
    return fact(made, f"crl {url}", AS)


def cached(hours: float) -> f.Fact:
    return fact(f.UrlCacheEntry(url=URL, crl=crl(hours)), URL, AS)


TIMED_OUT, OK = f.RETRIEVAL_OUTCOME_TIMED_OUT, f.RETRIEVAL_OUTCOME_OK


def told(*servers: Server) -> dict[str, Expected]:
    return {one.server: one for one in lets_go(farm(*servers)) if one.key == f"crl {URL}"}


def test_wap01_works_until_its_list_ends_and_wap02_fails_now() -> None:
    found = told(
        server("WAP01", "wap", fetch(TIMED_OUT), cached(4.5)),
        server("WAP02", "wap", fetch(TIMED_OUT), cached(-1)),
        server("WAP03", "wap", fetch(TIMED_OUT), observed=[("url-cache", "", AS)]),
    )

    assert (found["WAP01"].state, found["WAP01"].at) == ("expected", NOW + 4.5 * HOUR)
    assert f"works until {NOW + 4.5 * HOUR:%Y-%m-%d %H:%M}Z" in found["WAP01"].says
    assert found["WAP02"].state == "now"
    assert "its cached list ended" in found["WAP02"].says
    assert "nothing is in its cache" in found["WAP03"].says


def test_where_the_url_answers_nothing_lets_go_until_the_list_ends_there() -> None:
    found = told(server("WAP01", "wap", fetch(OK, hours=9)), server("WAP02", "wap", fetch(OK, hours=-1)))

    assert found["WAP01"].state == "not-expected"
    assert found["WAP02"].state == "now"


def test_a_cache_that_could_not_be_read_carries_no_forecast() -> None:
    one = told(server("WAP01", "wap", fetch(TIMED_OUT), unknown=[("url-cache", "", AS)]))["WAP01"]

    assert one.state == "none"
    assert "no forecast, because" in one.says


def test_another_url_of_the_same_ca_keeps_the_account_going() -> None:
    beside = server("STS01", "adfs", fetch(OK, hours=9))  # by which the CA of the URL is known
    one = told(server("WAP01", "wap", fetch(TIMED_OUT), fetch(OK, MIRROR, hours=9)), beside)["WAP01"]

    assert one.state == "not-expected"
    assert MIRROR in one.says
