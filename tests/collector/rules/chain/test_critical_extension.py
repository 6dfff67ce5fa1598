"""chain.critical-extension."""

import pytest
from cryptography import x509

from farmsight_collector.rules.chain.critical_extension import RULE
from tests.fakes.pki import ISSUING, ROOT, Made, World, extended, found, judged, make, stored, untold


def with_extension(oid: str, *, critical: bool) -> Made:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")
    return extended(make("Odd CA", ROOT), ROOT, odd, critical=critical)


def holding(made: Made) -> World:
    """Return a farm of which nobody names a CA, and every server holds this one."""
    world = World(tenant=False).put_all(stored("CA", made)).put_all(stored("NTAuth", made), role="adfs")
    world.blobs.append(made.der)
    return world


def test_a_critical_extension_that_nobody_knows_is_found() -> None:
    world = holding(with_extension("1.2.3.4.5", critical=True))

    assert found(RULE, world) == [("CN=Odd CA", (), (), "warning")]
    assert "1.2.3.4.5" in judged(RULE, world).findings[0].title


@pytest.mark.parametrize(("oid", "critical"), [("1.2.3.4.5", False), ("1.3.6.1.4.1.311.21.10", True)])
def test_extensions_that_are_not_critical_or_known_are_right(oid: str, critical: bool) -> None:
    assert found(RULE, holding(with_extension(oid, critical=critical))) == []


def test_another_certificate_of_the_ca_without_it_serves() -> None:
    odd = with_extension("1.2.3.4.5", critical=True)
    sound = make("Odd CA", ROOT, key=odd.key)
    world = holding(odd).put_all(stored("CA", sound))
    world.blobs.append(sound.der)

    assert found(RULE, world) == []


def test_a_ca_that_nobody_names_is_worth_knowing() -> None:
    odd = with_extension("1.2.3.4.5", critical=True)
    world = World().put("WAP01", stored("CA", odd))
    world.blobs.append(odd.der)

    assert [f[3] for f in found(RULE, world)] == ["info"]


def test_a_listing_alone_can_not_tell() -> None:
    world = World(tenant=False)
    world.blobs.remove(ISSUING.der)

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]
