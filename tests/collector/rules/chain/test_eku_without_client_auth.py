"""chain.eku-without-client-auth."""

import pytest
from cryptography.x509 import ObjectIdentifier

from farmsight_collector.rules.chain.eku_without_client_auth import RULE
from tests.fakes.pki import CLIENT_AUTH, ROOT, SERVER_AUTH, World, found, make, stored, tenant, untold

ANY = ObjectIdentifier("2.5.29.37.0")


@pytest.mark.parametrize(
    ("usages", "fires"),
    [((SERVER_AUTH,), True), ((SERVER_AUTH, CLIENT_AUTH), False), ((ANY,), False), ((), False)],
)
def test_what_the_usages_allow(usages: tuple[ObjectIdentifier, ...], fires: bool) -> None:
    made = make("Contoso Issuing CA 7", ROOT, usages=usages)
    world = World().put_all(stored("CA", made)).put("STS01", tenant(made))
    world.blobs.append(made.der)

    assert found(RULE, world) == ([(made.subject, (), (), "error")] if fires else [])


def test_a_ca_for_servers_that_nobody_names_is_no_users_ca() -> None:
    made = make("Contoso TLS CA", ROOT, usages=(SERVER_AUTH,))
    world = World().put_all(stored("CA", made))
    world.blobs.append(made.der)

    assert found(RULE, world) == []


def test_a_ca_of_which_only_a_listing_was_seen_is_open() -> None:
    made = make("Contoso Issuing CA 7", ROOT, usages=(SERVER_AUTH,))
    world = World().put_all(stored("CA", made, der=False)).put("STS01", tenant(made))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]
