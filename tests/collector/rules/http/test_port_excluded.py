"""A range that Windows excluded over the certificate port is named."""

from farmsight_collector.rules.http.port_excluded import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def excluded(plan, **changed):
    plan.put("STS01", "49400-49499", pb.PortExclusion(first=49400, last=49499, protocol="tcp", **changed))


def test_a_range_over_the_port_is_worse_while_nothing_listens():
    plan = healthy()
    excluded(plan)
    fires(RULE, plan, "STS01", subject="port 49443", severity=Severity.WARNING)
    plan.drop("STS01", "listener", "0.0.0.0:49443")
    fires(RULE, plan, "STS01", severity=Severity.ERROR)


def test_a_range_that_an_administrator_made_keeps_the_port_free():
    plan = healthy()
    excluded(plan, administered=True)
    silent(RULE, plan)


def test_alternate_mode_does_not_need_the_port():
    plan = healthy("alternate")
    excluded(plan)
    silent(RULE, plan)


def test_ranges_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "port-exclusion")
    cannot_tell(RULE, plan, "STS01")
