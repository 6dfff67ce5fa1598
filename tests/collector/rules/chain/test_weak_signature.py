"""chain.weak-signature."""

import pytest

from farmsight_collector.rules.chain.weak_signature import RULE
from tests.fakes.pki import ISSUING, ROOT, World, found, make, stored, tenant, untold

SHA1_RSA, MD5_RSA, SHA1_EC = "1.2.840.113549.1.1.5", "1.2.840.113549.1.1.4", "1.2.840.10045.4.1"


def signed(made, oid: str, store: str = "CA"):
    fact = stored(store, made)
    fact.store_certificate.certificate.signature_algorithm = oid
    return fact


def world(oid: str) -> World:
    return World(tenant=False).take_all(f"NTAuth/{ISSUING.sha1}").put_all(signed(ISSUING, oid))


@pytest.mark.parametrize("oid", [SHA1_RSA, MD5_RSA, SHA1_EC])
def test_an_intermediate_with_a_broken_hash_is_named(oid: str) -> None:
    assert found(RULE, world(oid)) == [(ISSUING.subject, (), (), "warning")]


def test_a_roots_own_signature_is_no_matter() -> None:
    assert found(RULE, World().put_all(signed(ROOT, SHA1_RSA, "ROOT"))) == []


def test_one_that_nobody_names_is_worth_knowing() -> None:
    other = make("Contoso Device CA", ROOT)
    farm = World().put_all(signed(other, SHA1_RSA))
    farm.blobs.append(other.der)

    assert found(RULE, farm) == [(other.subject, (), (), "info")]


def test_a_renewal_with_a_good_hash_takes_over() -> None:
    farm = world(SHA1_RSA)
    renewed = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key)
    farm.put("STS01", stored("CA", renewed), tenant(renewed))
    farm.blobs.append(renewed.der)

    assert found(RULE, farm) == []


def test_a_listing_without_the_hash_leaves_it_open() -> None:
    assert found(RULE, world("")) == []
    assert untold(RULE, world("")) == [(None, None)]
