"""crl.double-escaping."""

import pytest

from farmsight_collector.rules.crl.double_escaping import RULE
from tests.fakes.pki import DELTA_URL, ISSUING_URL, URL, World, found, retrieval, untold


def refused(status: int = 404, url: str = DELTA_URL) -> World:
    made = retrieval(url, "system", purpose="delta", outcome="HTTP_STATUS", http_status=status)
    return World().take_all(f"delta {DELTA_URL}").put("WAP01", made)


@pytest.mark.parametrize("url", [DELTA_URL, "http://pki.contoso.com/issuing%2B.crl"])
def test_a_plus_sign_that_the_web_server_refuses_is_the_cause(url: str) -> None:
    assert found(RULE, refused(url=url)) == [("pki.contoso.com", ("WAP01",), ("system",), "error")]


def test_other_answers_and_other_names_are_not() -> None:
    assert found(RULE, refused(status=503)) == []
    assert found(RULE, refused(url="http://pki.contoso.com/delta.crl")) == []


def test_a_host_that_serves_no_base_either_is_simply_wrong() -> None:
    world = refused()
    for url in (URL, ISSUING_URL):
        world.put("WAP01", retrieval(url, "system", outcome="HTTP_STATUS", http_status=404))

    assert found(RULE, world) == []


def test_a_host_that_serves_another_name_with_a_plus_sign_refuses_none() -> None:
    other = retrieval("http://pki.contoso.com/other+.crl", purpose="delta")

    assert found(RULE, refused().put("STS01", other)) == []


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
