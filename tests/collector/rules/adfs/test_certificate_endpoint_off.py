"""A disabled certificate endpoint is found."""

from farmsight_collector.rules.adfs.certificate_endpoint_off import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import NO, cannot_tell, fires, healthy, silent

PATH = "/adfs/services/trust/2005/certificatetransport"


def test_the_disabled_endpoint_is_the_subject():
    plan = healthy()
    plan.edit("STS01", "adfs-endpoint", PATH, enabled=NO)
    fires(RULE, plan, subject=PATH)


def test_other_endpoints_may_be_off():
    plan = healthy()
    path = "/adfs/services/trust/13/certificatetransport"
    plan.put("STS01", path, pb.AdfsEndpoint(path=path, enabled=NO, proxy=NO))
    silent(RULE, plan)


def test_endpoints_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-endpoint")
    cannot_tell(RULE, plan)
