"""A node whose database does not run is named."""

import pytest

from farmsight_collector.rules.farm.database_stopped import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, service, silent

WID = "mssql$microsoft##wid"


def database(state, start=pb.SERVICE_START_AUTOMATIC):
    plan = healthy()
    made = service(WID, state)
    made.start = start
    plan.put("STS02", WID, made)
    return plan


@pytest.mark.parametrize("state", [pb.SERVICE_STATE_STOPPED, pb.SERVICE_STATE_FAILED])
def test_it_is_named(state):
    fires(RULE, database(state), "STS02")


def test_a_database_that_runs_and_one_that_was_given_up_are_right():
    silent(RULE, database(pb.SERVICE_STATE_RUNNING))
    silent(RULE, database(pb.SERVICE_STATE_STOPPED, pb.SERVICE_START_DISABLED))


def test_a_farm_with_sql_server_has_none():
    silent(RULE, healthy())


def test_services_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "service")
    cannot_tell(RULE, plan, "STS01")
