"""A CA of the tenant without a key identifier is found."""

from cryptography import x509

from farmsight_collector.rules.entra.authority_without_key_id import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact
from tests.fakes.pki import ROOT, Made, World, extended, found, make, untold

BARE = extended(make("Bare CA", ROOT), ROOT, without=(x509.SubjectKeyIdentifier,))


def listed(made: Made, key: str = "") -> World:
    value = facts_pb2.EntraAuthority()
    value.certificate.sha1, value.certificate.subject_key_identifier = made.sha1, key
    value.certificate.subject = made.subject
    value.certificate.blob_sha256 = made.certificate.fingerprint(made.certificate.signature_hash_algorithm)
    world = World().put("STS01", fact(value, made.sha1))
    world.blobs.append(made.der)
    return world


def test_it_is_found() -> None:
    assert found(RULE, listed(BARE)) == [("CN=Bare CA", (), (), "error")]


def test_cas_with_a_key_identifier_are_right() -> None:
    assert found(RULE, World()) == []
    assert untold(RULE, World()) == []


def test_a_source_that_shows_no_certificate_can_not_tell() -> None:
    world = listed(BARE)
    world.blobs.remove(BARE.der)

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_the_tenant_not_known_is_in_doubt() -> None:
    assert untold(RULE, World(tenant=False)) == [(None, None)]


def test_a_key_identifier_that_the_tenant_shows_is_one() -> None:
    assert found(RULE, listed(BARE, key="0a0b0c")) == []
    assert untold(RULE, listed(BARE, key="0a0b0c")) == []
