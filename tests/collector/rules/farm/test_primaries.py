"""Two primaries, and secondaries that follow another, are named."""

from farmsight_collector.rules.farm.primaries import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_two_primaries_on_wid_are_named():
    plan = healthy()
    plan.edit("STS02", "adfs-sync", "-", role=pb.SYNC_ROLE_PRIMARY)
    fires(RULE, plan, "STS01", "STS02", subject="primary")


def test_on_sql_every_node_is_primary():
    plan = healthy()
    plan.edit("STS02", "adfs-sync", "-", role=pb.SYNC_ROLE_PRIMARY)
    plan.edit("STS01", "adfs-properties", "-", configuration_database="SQL")
    silent(RULE, plan)


def test_a_secondary_of_a_dead_primary_is_named():
    plan = healthy()
    plan.edit("STS02", "adfs-sync", "-", primary_name="sts00.contoso.com")
    fires(RULE, plan, "STS02", subject="sts00.contoso.com")


def test_short_and_full_names_are_one():
    plan = healthy()
    plan.edit("STS02", "adfs-sync", "-", primary_name="sts01")
    silent(RULE, plan)


def test_two_primaries_on_an_unknown_database_are_in_doubt():
    plan = healthy()
    plan.edit("STS02", "adfs-sync", "-", role=pb.SYNC_ROLE_PRIMARY)
    plan.lose("STS01", "adfs-properties")
    cannot_tell(RULE, plan)


def test_a_node_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS02", "adfs-sync")
    cannot_tell(RULE, plan, None)
