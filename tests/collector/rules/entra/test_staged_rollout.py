"""A staged rollout of certificate sign-in that is on is told: its users never come to the farm."""

import pytest

from farmsight_collector.rules.entra.staged_rollout import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import NO, YES, Plan, cannot_tell, fires, healthy, silent


def farm(**fields: object) -> Plan:
    """Return a farm whose tenant has one rollout."""
    plan = healthy()
    plan.put("STS01", "r1", pb.EntraRollout(id="r1", display_name="Pilot", **fields))
    return plan


@pytest.mark.parametrize("whole", [YES, NO])
def test_one_that_is_on_is_told(whole: int):
    fires(RULE, farm(enabled=YES, whole_organization=whole), subject="r1")


def test_one_that_is_off_is_right():
    silent(RULE, farm(enabled=NO))


def test_one_that_does_not_say_claims_nothing():
    silent(RULE, farm())


def test_no_rollout_is_right():
    silent(RULE, healthy())


def test_rollouts_that_nobody_may_read_are_in_doubt():
    plan = healthy()
    plan.states["STS01", "entra", "rollouts", None] = "denied"
    cannot_tell(RULE, plan, None)
