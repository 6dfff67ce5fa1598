"""A secondary that does not follow is named."""

from datetime import timedelta

from farmsight_collector.rules.farm.secondary_out_of_sync import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent
from tests.fakes.farms import NOW


def test_a_status_other_than_zero_is_named():
    plan = healthy()
    plan.edit("STS02", "adfs-sync", "-", last_status=5)
    fires(RULE, plan, "STS02", subject="STS02")


def test_an_overdue_synchronisation_is_named():
    plan = healthy()
    plan.edit("STS02", "adfs-sync", "-", last_sync=NOW - timedelta(seconds=601))
    fires(RULE, plan, "STS02")


def test_the_time_counts_as_of_the_last_look_not_as_of_now():
    plan = healthy()
    plan.at = NOW + timedelta(minutes=15)
    silent(RULE, plan)


def test_two_polls_are_allowed():
    plan = healthy()
    plan.edit("STS02", "adfs-sync", "-", last_sync=NOW - timedelta(seconds=599))
    silent(RULE, plan)


def test_a_node_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS02", "adfs-sync")
    cannot_tell(RULE, plan, "STS02")
