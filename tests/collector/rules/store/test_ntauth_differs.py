"""store.ntauth-differs."""

from farmsight_collector.rules.store.ntauth_differs import RULE
from tests.fakes.pki import ISSUING, World, found, untold

KEY = f"NTAuth/{ISSUING.sha1}"


def test_the_server_whose_copy_lacks_a_ca_is_named() -> None:
    assert found(RULE, World().take("STS02", KEY)) == [(ISSUING.subject, ("STS02",), (), "warning")]


def test_a_shared_absence_is_no_difference() -> None:
    assert found(RULE, World().take("STS01", KEY).take("STS02", KEY)) == []


def test_an_unknown_copy_is_not_compared() -> None:
    world = World().blinded("STS02", "certificate-stores", "NTAuth")

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("STS02", None), (None, None)]
