"""chain.basic-constraints."""

from farmsight_collector.rules.chain.basic_constraints import RULE
from tests.fakes.pki import ROOT, World, found, make, stored, tenant, untold


def world(*made) -> World:
    farm = World()
    for one in made:
        farm.put_all(stored("CA", one)).put("STS01", tenant(one))
        farm.blobs.append(one.der)
    return farm


def test_a_path_length_that_the_chain_exceeds() -> None:
    policy = make("Contoso Policy CA", ROOT, path_length=0)

    assert found(RULE, world(policy, make("Contoso Issuing CA 5", policy))) == [(policy.subject, (), (), "error")]


def test_a_path_length_that_is_just_enough() -> None:
    policy = make("Contoso Policy CA", ROOT, path_length=1)

    assert found(RULE, world(policy, make("Contoso Issuing CA 5", policy, path_length=0))) == []


def test_a_named_ca_that_does_not_say_it_is_one() -> None:
    for is_ca in (None, False):
        made = make("Contoso Issuing CA 6", ROOT, ca=is_ca)

        assert found(RULE, world(made)) == [(made.subject, (), (), "error")]


def test_a_ca_of_which_only_a_listing_was_seen_is_open() -> None:
    made = make("Contoso Issuing CA 6", ROOT, ca=None)
    farm = World().put_all(stored("CA", made, der=False)).put("STS01", tenant(made))

    assert found(RULE, farm) == []
    assert untold(RULE, farm) == [(None, None)]
