"""store.trusted-devices-missing."""

from dataclasses import replace

from farmsight_collector.rules.engine import evaluate
from farmsight_collector.rules.store.trusted_devices_missing import RULE
from tests.fakes.farms import farm, server
from tests.fakes.pki import World, found, untold

PART = ("certificate-stores", "AdfsTrustedDevices", None)


def test_a_store_that_does_not_exist_is_a_fault() -> None:
    view = farm(server("STS01", "adfs", not_applicable=[PART]), server("STS02", "adfs", observed=[PART]))

    assert [(f.servers, f.severity.word) for f in evaluate(view, [RULE]).findings] == [(("STS01",), "error")]


def test_an_empty_store_exists() -> None:
    world = World()
    view = world.farm()
    emptied = replace(view, servers=tuple(replace(s, facts={}) for s in view.servers))

    assert evaluate(emptied, [RULE]).findings == ()


def test_a_store_that_was_not_looked_at_is_not_missing() -> None:
    world = World().blinded("STS01", "certificate-stores", "AdfsTrustedDevices")

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("STS01", None)]
