"""store.trusted-devices-differ."""

from datetime import timedelta

from farmsight_collector.rules.store.trusted_devices_differ import RULE
from tests.fakes.farms import NOW
from tests.fakes.pki import World, found, judged, make, stored, untold

OTHER = make("ADFS ProxyTrust - WAP02", ca=None)
STORE = "AdfsTrustedDevices"


def test_the_node_that_lacks_a_proxys_certificate_is_named() -> None:
    world = World().put("STS01", stored(STORE, OTHER))

    assert found(RULE, world) == [("AdfsTrustedDevices on STS02", ("STS02",), (), "error")]
    assert OTHER.subject in judged(RULE, world).findings[0].title


def test_an_expired_proxy_certificate_may_linger() -> None:
    old = make("ADFS ProxyTrust - OLD", ca=None, begins=NOW - timedelta(days=50), ends=NOW - timedelta(days=1))

    assert found(RULE, World().put("STS01", stored(STORE, old))) == []


def test_unknown_is_not_different() -> None:
    world = World().put("STS01", stored(STORE, OTHER)).blinded("STS02", "certificate-stores", STORE)

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("STS02", None), (None, None)]
