"""crl.ldap-only."""

from farmsight_collector.rules.crl.ldap_only import RULE
from tests.fakes.pki import ROOT, World, found, host, make, retrieval, stored, tenant, untold, user

LDAP = "ldap:///CN=Contoso,CN=CDP?certificateRevocationList?base"


def world(*urls: str, ocsp: tuple[str, ...] = ()) -> World:
    made = make("Contoso Issuing CA 4", ROOT, crls=urls, ocsp=ocsp)
    farm = World().put_all(stored("CA", made)).put("STS01", tenant(made))
    farm.blobs.append(made.der)
    return farm


def test_servers_outside_the_domain_are_named() -> None:
    assert found(RULE, world(LDAP)) == [("CN=Contoso Issuing CA 4", ("WAP01", "WAP02"), (), "critical")]


def test_http_or_a_responder_beside_it_is_enough() -> None:
    assert found(RULE, world(LDAP, "http://pki.contoso.com/4.crl")) == []
    assert found(RULE, world(LDAP, ocsp=("http://ocsp.contoso.com/",))) == []


def test_a_users_certificate_that_was_handed_in_counts() -> None:
    farm = World().put("WAP01", retrieval(LDAP, outcome="NOT_POSSIBLE_HERE", named_by=(user(),)))

    assert [f[1::2] for f in found(RULE, farm)] == [(("WAP01",), "critical")]


def test_not_known_whether_in_a_domain() -> None:
    farm = world(LDAP).put("WAP01", host("WAP01", domain=None)).put("WAP02", host("WAP02", domain=True))

    assert found(RULE, farm) == []
    assert untold(RULE, farm) == [("WAP01", None)]
