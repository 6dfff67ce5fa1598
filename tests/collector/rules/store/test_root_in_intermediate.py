"""store.root-in-intermediate."""

from datetime import timedelta

from farmsight_collector.rules.store.root_in_intermediate import RULE
from tests.fakes.farms import NOW
from tests.fakes.pki import ROOT, World, found, make, stored, untold


def test_a_root_in_the_wrong_store_is_named() -> None:
    world = World().take("WAP01", f"ROOT/{ROOT.sha1}").put("WAP01", stored("CA", ROOT))

    assert found(RULE, world) == [(ROOT.subject, ("WAP01",), (), "error")]


def test_in_both_stores_is_only_untidy() -> None:
    assert found(RULE, World().put("WAP01", stored("CA", ROOT))) == [(ROOT.subject, ("WAP01",), (), "info")]


def test_a_cross_certificate_of_a_renewed_root_is_no_root() -> None:
    """One name on both sides, two keys: AD CS puts these into CA by itself."""
    new_key = make("Contoso Root CA")
    cross = make("Contoso Root CA", ROOT, key=new_key.key, begins=NOW - timedelta(days=10))
    world = World().put_all(stored("CA", cross))
    world.blobs.append(cross.der)

    assert found(RULE, world) == []


def test_unknown_stores_can_not_tell() -> None:
    assert untold(RULE, World().blinded("STS01", "certificate-stores", "CA")) == [("STS01", None)]
