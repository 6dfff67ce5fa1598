"""A server on whose certificate port nothing listens is named."""

from farmsight_collector.rules.http.nothing_listens import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_the_closed_port_is_named():
    plan = healthy()
    plan.drop("WAP02", "listener", "0.0.0.0:49443")
    fires(RULE, plan, "WAP02", subject="port 49443")


def test_alternate_mode_listens_on_443_only():
    silent(RULE, healthy("alternate"))


def test_a_table_that_could_not_be_read_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "listener")
    cannot_tell(RULE, plan, "WAP02")


def test_a_listener_for_all_addresses_of_both_kinds_is_one():
    plan = healthy()
    plan.drop("WAP02", "listener", "0.0.0.0:49443")
    plan.put("WAP02", "[::]:49443", pb.Listener(address="::", port=49443, process_id=4, process_name="System"))
    silent(RULE, plan)
