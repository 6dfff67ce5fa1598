"""A certificate that is not made out for the service is named."""

from farmsight_collector.rules.http.san_service_name import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import YES, binding, cannot_tell, fires, healthy, made_certificate, sha1, silent, summary
from tests.fakes.farms import FARM


def present(plan, der):
    for port in (443, 49443):
        plan.put("STS01", f"{FARM}:{port}", binding(FARM, port, der))
    plan.put("STS01", f"MY/{sha1(der)}", pb.StoreCertificate(store="MY", certificate=summary(der), has_private_key=YES))


def test_a_certificate_for_another_name_is_named():
    plan, der = healthy(), made_certificate("www", ("www.contoso.com",))
    present(plan, der)
    plan.blobs.append(der)
    fires(RULE, plan, "STS01", subject=sha1(der))


def test_a_wildcard_over_the_parent_will_do():
    plan, der = healthy(), made_certificate("star", ("*.contoso.com",))
    present(plan, der)
    plan.blobs.append(der)
    silent(RULE, plan)


def test_without_its_bytes_there_is_no_telling():
    plan, der = healthy(), made_certificate("www", ("www.contoso.com",))
    present(plan, der)
    cannot_tell(RULE, plan, "STS01")
