"""A behaviour level below what the nodes could do is found."""

import pytest

from farmsight_collector.rules.farm.behaviour_level import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_level_one_on_new_nodes_is_found():
    plan = healthy()
    plan.edit("STS01", "adfs-properties", "-", farm_behavior=1)
    fires(RULE, plan, subject="level 1")


def test_one_old_node_is_a_reason_to_wait():
    plan = healthy()
    plan.edit("STS01", "adfs-properties", "-", farm_behavior=1)
    plan.edit("STS02", "host", "STS02", os_version="6.3.9600")
    silent(RULE, plan)


@pytest.mark.parametrize("level", [0, 3, 4])
def test_levels_from_2016_on_are_right(level):
    plan = healthy()
    plan.edit("STS01", "adfs-properties", "-", farm_behavior=level)
    silent(RULE, plan)


def test_builds_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.edit("STS01", "adfs-properties", "-", farm_behavior=1)
    plan.lose("STS02", "host")
    cannot_tell(RULE, plan)
