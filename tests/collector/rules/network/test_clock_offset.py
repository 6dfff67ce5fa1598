"""network.clock-offset."""

import pytest

from farmsight_collector.rules.network.clock_offset import RULE
from tests.fakes.pki import World, clock, found, judged, untold


@pytest.mark.parametrize(("seconds", "fires"), [(299, False), (300, True), (-300, True), (86400 * 3650, True)])
def test_the_limit_of_five_minutes(seconds: int, fires: bool) -> None:
    world = World().put("WAP01", clock(seconds))

    assert found(RULE, world) == ([("clock of WAP01", ("WAP01",), (), "error")] if fires else [])


def test_a_reference_that_is_wrong_itself_makes_nobody_odd() -> None:
    assert found(RULE, World().put_all(clock(4000))) == []


def test_two_against_two_the_reference_decides() -> None:
    world = World().put("WAP01", clock(400)).put("WAP02", clock(400))

    assert [f[1] for f in found(RULE, world)] == [("WAP01",), ("WAP02",)]


def test_the_limit_is_named_and_an_unknown_clock_can_not_tell() -> None:
    world = World().put("WAP01", clock(400)).blinded("WAP02", "clock")

    assert "TestTimeSync" in judged(RULE, world).findings[0].limit_used
    assert untold(RULE, world) == [("WAP02", None)]
