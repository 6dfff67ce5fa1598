"""Which CAs matter on a farm, and how it is known."""

from datetime import timedelta

from farmsight_collector.pki.chains import Standing, user_chains
from tests.fakes.farms import NOW
from tests.fakes.pki import ISSUING, PUBLIC, ROOT, SERVER_AUTH, World, make, stored, tenant


def told(world: World) -> dict[str, Standing]:
    return {one.subject: one.standing for one in user_chains(world.farm()).authorities}


def with_ca(made, world: World | None = None, **fields: object) -> World:
    world = world or World()
    world.put("WAP01", stored("CA", made, **fields))
    world.blobs.append(made.der)
    return world


def test_the_tenants_chain_is_named_up_to_its_root() -> None:
    assert told(World()) == {ISSUING.subject: Standing.NAMED, ROOT.subject: Standing.NAMED}


def test_public_cas_are_in_nobodys_chain() -> None:
    assert PUBLIC.subject not in told(World(tenant=False))


def test_a_ca_that_only_a_store_holds_is_held_or_undecided() -> None:
    other = make("Contoso Device CA", ROOT)

    assert told(with_ca(other))[other.subject] is Standing.HELD
    alone = World(tenant=False).take_all(f"NTAuth/{ISSUING.sha1}")
    assert set(told(with_ca(other, alone)).values()) == {Standing.UNDECIDED}


def test_a_ca_for_servers_is_in_no_users_chain() -> None:
    assert told(with_ca(make("Contoso TLS CA", ROOT, usages=(SERVER_AUTH,)))).keys() == told(World()).keys()


def test_links_are_made_by_signature_and_not_by_name() -> None:
    """Another root of the same name, with a key identifier that is not the issuer's."""
    twin = make("Contoso Root CA")
    world = World().put_all(stored("ROOT", twin))
    world.blobs.append(twin.der)
    chains = user_chains(world.farm())

    (parent,) = chains.parents(chains.by_sha1[ISSUING.sha1])
    assert parent.sha1s == {ROOT.sha1}


def test_certificates_of_one_key_are_one_authority() -> None:
    renewed = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key, begins=NOW - timedelta(days=1))
    chains = user_chains(with_ca(renewed).farm())

    assert chains.by_sha1[renewed.sha1] is chains.by_sha1[ISSUING.sha1]
    assert chains.by_sha1[ISSUING.sha1].certificates[0].sha1 == renewed.sha1


def test_two_keys_of_one_name_are_namesakes() -> None:
    rekeyed = make("Contoso Issuing CA 1", ROOT)
    chains = user_chains(with_ca(rekeyed).farm())

    assert [a.sha1s for a in chains.namesakes(chains.by_sha1[ISSUING.sha1])] == [{rekeyed.sha1}]


def test_cas_that_sign_each_other_end_the_search() -> None:
    first = make("Loop A")
    second = make("Loop B", first)
    back = make("Loop A", second, key=first.key)
    world = with_ca(second, with_ca(back)).put("STS01", tenant(second))

    assert {"CN=Loop A", "CN=Loop B"} <= told(world).keys()


def test_listings_link_by_text() -> None:
    world = World(tenant=False)
    world.blobs = []
    for name in world.roles:
        world.put(name, stored("ROOT", ROOT, der=False), stored("CA", ISSUING, der=False))

    chains = user_chains(world.farm())
    (parent,) = chains.parents(chains.by_sha1[ISSUING.sha1])
    assert parent.subject == ROOT.subject


def test_hostile_bytes_behind_a_thumbprint_are_not_taken() -> None:
    """A blob that does not have the thumbprint that the fact names proves nothing."""
    fact = stored("CA", ISSUING)
    fact.store_certificate.certificate.sha1 = "ab" * 20
    fact.key = f"CA/{'ab' * 20}"
    world = World().put("WAP01", fact)

    assert all(
        k.certificate is None
        for a in user_chains(world.farm()).authorities
        for k in a.certificates
        if k.sha1 == "ab" * 20
    )


def test_the_same_view_is_worked_out_once() -> None:
    farm = World().farm()

    assert user_chains(farm) is user_chains(farm)
    assert user_chains(farm) is not user_chains(World().farm())
