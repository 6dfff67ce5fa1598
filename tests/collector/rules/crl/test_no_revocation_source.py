"""crl.no-revocation-source."""

from farmsight_collector.rules.crl.no_revocation_source import RULE
from tests.fakes.pki import ROOT, World, found, make, stored, tenant, untold


def world(*, named: bool = True, **fields: object) -> World:
    made = make("Contoso Issuing CA 4", ROOT, **fields)
    farm = World().put_all(stored("CA", made))
    if named:
        farm.put("STS01", tenant(made))
    farm.blobs.append(made.der)
    return farm


def test_an_intermediate_without_any_is_named() -> None:
    assert found(RULE, world()) == [("CN=Contoso Issuing CA 4", (), (), "warning")]
    assert [f[3] for f in found(RULE, world(named=False))] == ["info"]


def test_a_responder_is_a_source_and_a_root_needs_none() -> None:
    assert found(RULE, world(ocsp=("http://ocsp.contoso.com/",))) == []
    assert found(RULE, World()) == []


def test_without_the_bytes_it_can_not_be_told() -> None:
    farm = World()
    farm.blobs = []

    assert found(RULE, farm) == []
    assert untold(RULE, farm) == [(None, None)]
