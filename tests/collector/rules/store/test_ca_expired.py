"""store.ca-expired."""

from datetime import timedelta

from farmsight_collector.rules.store.ca_expired import RULE
from tests.fakes.farms import NOW
from tests.fakes.pki import ISSUING, ROOT, World, found, make, stored, tenant, untold

GONE = {"begins": NOW - timedelta(days=900), "ends": NOW - timedelta(days=2)}
EVERYWHERE = ("STS01", "STS02", "WAP01", "WAP02")


def world(*made, named: bool = True) -> World:
    farm = World()
    for one in made:
        farm.put_all(stored("CA", one))
        if named:
            farm.put("STS01", tenant(one))
        farm.blobs.append(one.der)
    return farm


def test_an_expired_ca_that_the_tenant_names_is_critical() -> None:
    old = make("Contoso Issuing CA 9", ROOT, **GONE)

    assert found(RULE, world(old)) == [(old.subject, EVERYWHERE, (), "critical")]


def test_a_renewed_ca_leaves_its_old_certificate_behind() -> None:
    """The same key again: nothing to say. A new key: worth knowing."""
    same = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key, **GONE)
    other = make("Contoso Issuing CA 1", ROOT, **GONE)

    assert found(RULE, world(same)) == []
    assert found(RULE, world(other)) == [(other.subject, EVERYWHERE, (), "info")]


def test_an_expired_ca_that_nobody_names_is_worth_knowing() -> None:
    old = make("Contoso Old CA", ROOT, **GONE)

    assert [f[3] for f in found(RULE, world(old, named=False))] == ["info"]


def test_an_expired_parent_breaks_the_valid_ca_below() -> None:
    policy = make("Contoso Policy CA", ROOT, **GONE)
    below = make("Contoso Issuing CA 7", policy)

    assert found(RULE, world(policy, below))[0][::3] == (policy.subject, "critical")


def test_the_only_issuing_ca_expired_and_nobody_names_any() -> None:
    old = make("Contoso Issuing CA 9", ROOT, **GONE)
    farm = World(tenant=False).take_all(f"CA/{ISSUING.sha1}", f"NTAuth/{ISSUING.sha1}").put_all(stored("CA", old))
    farm.blobs.append(old.der)

    assert [f[3] for f in found(RULE, farm)] == ["error"]


def test_a_store_that_is_not_known_leaves_that_server_open() -> None:
    old = make("Contoso Issuing CA 9", ROOT, **GONE)
    farm = world(old).blinded("STS02", "certificate-stores", "CA")

    assert found(RULE, farm) == [(old.subject, ("STS01", "WAP01", "WAP02"), (), "critical")]
    assert untold(RULE, farm) == [("STS02", None)]
