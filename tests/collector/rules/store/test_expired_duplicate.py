"""store.expired-duplicate."""

from datetime import timedelta

from farmsight_collector.rules.store.expired_duplicate import RULE
from tests.fakes.farms import NOW
from tests.fakes.pki import ISSUING, ROOT, World, found, make, stored, untold

OLD = make(
    "Contoso Issuing CA 1", ROOT, key=ISSUING.key, begins=NOW - timedelta(days=900), ends=NOW - timedelta(days=9)
)


def test_the_expired_twin_is_named_where_it_lies() -> None:
    world = World().put("STS02", stored("CA", OLD))
    world.blobs.append(OLD.der)

    assert found(RULE, world) == [(ISSUING.subject, ("STS02",), (), "info")]


def test_two_valid_certificates_of_one_key_are_no_fault() -> None:
    twin = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key)
    world = World().put("STS02", stored("CA", twin))
    world.blobs.append(twin.der)

    assert found(RULE, world) == []


def test_unknown_stores_can_not_tell() -> None:
    assert untold(RULE, World().blinded("STS01", "certificate-stores", "CA")) == [("STS01", None)]
