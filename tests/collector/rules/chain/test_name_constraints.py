"""A user's certificate that its CA may not issue is named."""

from cryptography import x509

from farmsight_collector.rules.chain.name_constraints import RULE
from tests.fakes.pki import ROOT, Made, World, extended, found, judged, make, stored, tenant, untold
from tests.fakes.users import given, with_user

ONLY_CONTOSO = x509.NameConstraints([x509.RFC822Name("contoso.com")], None)
NARROW = extended(make("Narrow CA", ROOT), ROOT, ONLY_CONTOSO)
BOB = make("Bob", NARROW, ca=None)
BELOW = make("Below Narrow CA", NARROW)
EVE = make("Eve", BELOW, ca=None)


def farm(made: Made, mail: str) -> World:
    world = with_user(given(made, rfc822_names=[mail], user_principal_names=[]), made=made)
    world.blobs += [NARROW.der, BELOW.der]
    return world.put_all(stored("CA", NARROW), stored("CA", BELOW)).put("STS01", tenant(NARROW), tenant(BELOW))


def test_an_address_that_the_issuer_may_not_certify_is_found() -> None:
    world = farm(BOB, "bob@fabrikam.com")

    assert found(RULE, world) == [("CN=Bob", (), (), "error")]
    assert "CN=Narrow CA may not certify bob@fabrikam.com" in judged(RULE, world).findings[0].title


def test_constraints_hold_for_all_that_is_below() -> None:
    assert [f[0] for f in found(RULE, farm(EVE, "eve@fabrikam.com"))] == ["CN=Eve"]


def test_an_address_within_is_right_and_so_is_a_ca_without_constraints() -> None:
    for world in (farm(BOB, "bob@contoso.com"), farm(EVE, "eve@contoso.com"), with_user(given())):
        assert found(RULE, world) == []
        assert untold(RULE, world) == []


def test_without_the_certificates_bytes_it_can_not_be_told() -> None:
    world = farm(BOB, "bob@fabrikam.com")
    world.blobs.remove(BOB.der)

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_files_that_could_not_be_read_leave_it_open() -> None:
    assert untold(RULE, World().blinded("STS02", "given-certificates")) == [(None, None)]
