"""chain.issuer-unknown."""

from farmsight_collector.rules.chain.issuer_unknown import RULE
from tests.fakes.pki import ISSUING, ROOT, World, found, make, stored, tenant, untold

ALL = ("STS01", "STS02", "WAP01", "WAP02")


def without_root() -> World:
    world = World(tenant=False).take_all(f"ROOT/{ROOT.sha1}")
    world.blobs.remove(ROOT.der)
    return world


def test_the_root_of_a_named_ca_is_nowhere() -> None:
    assert found(RULE, without_root()) == [(ROOT.subject, ALL, (), "critical")]


def test_a_ca_that_nobody_names_may_be_a_public_one() -> None:
    assert found(RULE, without_root().take_all(f"NTAuth/{ISSUING.sha1}")) == [(ROOT.subject, ALL, (), "info")]


def test_a_forged_issuer_with_the_same_name_is_not_the_issuer() -> None:
    """Name and key identifier are easily copied; the signature is not."""
    forged = make("Contoso Root CA")
    world = without_root().put_all(stored("ROOT", forged))
    world.blobs.append(forged.der)

    assert [f[3] for f in found(RULE, world)] == ["critical"]


def test_the_tenant_knows_the_root() -> None:
    assert found(RULE, World().take_all(f"ROOT/{ROOT.sha1}").put("STS02", tenant(ROOT, root=True))) == []


def test_an_unknown_store_may_hold_it() -> None:
    world = without_root().blinded("WAP01", "certificate-stores", "ROOT")

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None), ("WAP01", None)]
