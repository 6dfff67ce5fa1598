"""A user's certificate of a CA that nobody knows is named."""

from farmsight_collector.rules.user.issuer_unknown import RULE
from tests.fakes.pki import CLIENT_AUTH, ISSUING, ROOT, World, found, judged, make, tenant, untold
from tests.fakes.users import given, with_user

SHADOW = make("Shadow MDM CA", make("Shadow Root"))
RENEWED = make("Contoso Issuing CA 1", ROOT)  # the same name with a new key
BOB = make("Bob", SHADOW, ca=None, usages=(CLIENT_AUTH,))
EVE = make("Eve", RENEWED, ca=None, usages=(CLIENT_AUTH,))


def test_a_ca_that_neither_servers_nor_the_tenant_know_is_found() -> None:
    assert found(RULE, with_user(given(BOB), made=BOB)) == [("CN=Bob", (), (), "critical")]


def test_a_ca_that_was_handed_in_beside_it_is_not_known_to_the_farm_for_that() -> None:
    world = with_user(given(BOB), given(SHADOW), made=BOB)

    assert [f[0] for f in found(RULE, world)] == ["CN=Bob"]


def test_a_ca_of_the_same_name_with_another_key_is_not_its_issuer() -> None:
    world = with_user(given(EVE), made=EVE)

    assert [f[0] for f in found(RULE, world)] == ["CN=Eve"]
    assert ISSUING.sha1 in judged(RULE, world).findings[0].title


def test_a_ca_that_any_server_or_the_tenant_knows_is_not_unknown() -> None:
    assert found(RULE, with_user(given())) == []
    world = with_user(given(BOB), tenant(SHADOW), made=BOB)
    world.blobs.append(SHADOW.der)

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_stores_that_are_not_known_may_hold_it() -> None:
    world = with_user(given(BOB), made=BOB).blinded("WAP01", "certificate-stores", "CA")

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_files_that_could_not_be_read_leave_it_open() -> None:
    assert untold(RULE, World().blinded("STS02", "given-certificates")) == [(None, None)]
