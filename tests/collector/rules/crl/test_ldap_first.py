"""crl.ldap-first."""

from farmsight_collector.rules.crl.ldap_first import RULE
from tests.fakes.pki import ROOT, World, found, host, make, stored, untold

LDAP, HTTP = "ldap:///CN=Contoso,CN=CDP?certificateRevocationList", "http://pki.contoso.com/4.crl"


def world(*urls: str) -> World:
    made = make("Contoso Issuing CA 4", ROOT, crls=urls)
    farm = World().put_all(stored("CA", made))
    farm.blobs.append(made.der)
    return farm


def test_order_matters_outside_the_domain_only() -> None:
    assert found(RULE, world(LDAP, HTTP)) == [("CN=Contoso Issuing CA 4", ("WAP01", "WAP02"), (), "warning")]
    assert found(RULE, world(HTTP, LDAP)) == []
    assert found(RULE, world(LDAP)) == []


def test_not_known_whether_in_a_domain() -> None:
    assert untold(RULE, world(LDAP, HTTP).put("WAP01", host("WAP01", domain=None))) == [("WAP01", None)]
