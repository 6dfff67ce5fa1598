"""store.ca-disallowed."""

from farmsight_collector.rules.store.ca_disallowed import RULE
from tests.fakes.pki import ISSUING, World, found, make, stored, untold


def test_a_distrusted_issuing_ca_is_named() -> None:
    world = World().put("WAP01", stored("DISALLOWED", ISSUING))

    assert found(RULE, world) == [(ISSUING.subject, ("WAP01",), (), "critical")]


def test_what_windows_distrusts_anyway_is_no_matter() -> None:
    assert found(RULE, World().put("WAP01", stored("DISALLOWED", make("DigiNotar Root CA")))) == []


def test_a_store_that_was_not_looked_at_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP01", "certificate-stores", "DISALLOWED")) == [("WAP01", None)]
