"""crl.https."""

from farmsight_collector.rules.crl.https import RULE
from tests.fakes.pki import ROOT, World, found, make, retrieval, stored, tenant, untold, user

URL = "https://pki.contoso.com/4.crl"
ALL = ("STS01", "STS02", "WAP01", "WAP02")


def world(*urls: str) -> World:
    made = make("Contoso Issuing CA 4", ROOT, crls=urls)
    farm = World().put_all(stored("CA", made)).put("STS01", tenant(made))
    farm.blobs.append(made.der)
    return farm


def test_alone_it_is_a_warning_and_beside_http_worth_knowing() -> None:
    assert found(RULE, world(URL)) == [("CN=Contoso Issuing CA 4", ALL, (), "warning")]
    assert found(RULE, world(URL, "http://pki.contoso.com/4.crl")) == [("CN=Contoso Issuing CA 4", ALL, (), "info")]


def test_http_alone_is_well() -> None:
    assert found(RULE, world("http://pki.contoso.com/4.crl")) == []


def test_the_server_on_which_a_users_certificate_shows_it_is_named_alone() -> None:
    farm = World().put(
        "WAP01", retrieval("https://pki.contoso.com/user.crl", outcome="NOT_POSSIBLE_HERE", named_by=(user(),))
    )

    assert [f[1:] for f in found(RULE, farm)] == [(("WAP01",), (), "warning")]


def test_fetches_that_are_not_known_may_show_a_users_certificate() -> None:
    farm = World().blinded("WAP01", "retrievals", "", "system")

    assert found(RULE, farm) == []
    assert untold(RULE, farm) == [("WAP01", "system")]
