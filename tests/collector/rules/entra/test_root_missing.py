"""A root of users' chains that the tenant does not list is found."""

from farmsight_collector.rules.entra.root_missing import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ROOT, SIGN_IN, cannot_tell, fires, healthy, made_certificate, sha1, silent, summary

NAME = "CN=Contoso Root CA"


def test_the_root_above_a_listed_ca_is_found():
    plan = healthy()
    plan.drop("STS01", "entra-authority", sha1(ROOT))
    fires(RULE, plan, subject=NAME, severity=Severity.CRITICAL)


def test_a_root_that_nobody_has_is_found_by_the_issuers_name():
    plan = healthy()
    plan.drop("STS01", "entra-authority", sha1(ROOT))
    plan.drop(SIGN_IN, "store-certificate", f"ROOT/{sha1(ROOT)}")
    fires(RULE, plan, subject=NAME)


def test_an_empty_list_lacks_the_root():
    plan = healthy()
    plan.drop("STS01", "entra-authority")
    fires(RULE, plan, subject=NAME)


def test_a_whole_list_is_right():
    silent(RULE, healthy())


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)


def test_another_certificate_of_the_roots_key_is_the_root():
    renewed = made_certificate("Contoso Root CA", ca=True, days=900)
    plan = healthy()
    plan.drop("STS01", "entra-authority", sha1(ROOT))
    plan.put("STS01", sha1(renewed), pb.EntraAuthority(root=pb.TRISTATE_YES, certificate=summary(renewed)))
    plan.blobs.append(renewed)
    silent(RULE, plan)
