"""store.ca-not-yet-valid."""

from datetime import timedelta

from farmsight_collector.rules.store.ca_not_yet_valid import RULE
from tests.fakes.farms import NOW
from tests.fakes.pki import ISSUING, ROOT, World, found, make, stored, tenant, untold

SOON = {"begins": NOW + timedelta(hours=3)}


def world(made) -> World:
    farm = World().put_all(stored("CA", made)).put("STS01", tenant(made))
    farm.blobs.append(made.der)
    return farm


def test_a_ca_that_begins_later_is_named() -> None:
    made = make("Contoso Issuing CA 2", ROOT, **SOON)

    assert found(RULE, world(made)) == [(made.subject, ("STS01", "STS02", "WAP01", "WAP02"), (), "critical")]


def test_a_renewal_ahead_of_time_is_no_fault() -> None:
    assert found(RULE, world(make("Contoso Issuing CA 1", ROOT, key=ISSUING.key, **SOON))) == []
    assert found(RULE, world(make("Contoso Issuing CA 1", ROOT, **SOON))) == []


def test_a_store_that_is_not_known_leaves_that_server_open() -> None:
    made = make("Contoso Issuing CA 2", ROOT, **SOON)
    farm = world(made).blinded("STS02", "certificate-stores", "CA")

    assert found(RULE, farm) == [(made.subject, ("STS01", "WAP01", "WAP02"), (), "critical")]
    assert untold(RULE, farm) == [("STS02", None)]
