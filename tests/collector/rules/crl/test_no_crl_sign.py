"""crl.no-crl-sign."""

from cryptography import x509

from farmsight_collector.rules.crl.no_crl_sign import RULE
from tests.fakes.pki import ROOT, World, extended, found, make, stored, tenant, untold


def test_a_ca_that_may_not_sign_crls_is_named() -> None:
    made = make("Contoso Issuing CA 3", ROOT, crl_sign=False)
    world = World().put_all(stored("CA", made)).put("STS01", tenant(made))
    world.blobs.append(made.der)

    assert found(RULE, world) == [(made.subject, (), (), "error")]


def test_without_the_bytes_it_can_not_be_told() -> None:
    world = World()
    world.blobs = []

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None), (None, None)]


def test_a_key_usage_with_crl_sign_or_none_at_all_is_right() -> None:
    world = World()
    for made in (make("Contoso Issuing CA 5", ROOT), extended(make("CA 6", ROOT), ROOT, without=(x509.KeyUsage,))):
        world.put_all(stored("CA", made)).put("STS01", tenant(made))
        world.blobs.append(made.der)

    assert found(RULE, world) == []
    assert untold(RULE, world) == []
