"""The tenant's own certificate sign-in, on beside a federated domain, is worth knowing."""

from farmsight_collector.rules.entra.native_sign_in import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import NO, YES, cannot_tell, fires, healthy, silent


def test_a_policy_that_is_on_for_everybody_is_told_with_the_domains_beside_it():
    plan = healthy()
    plan.edit("STS01", "entra-certificate-policy", "-", enabled=YES, included=["all_users"])
    fires(RULE, plan, subject="x509Certificate")


def test_a_policy_that_is_off_is_right():
    silent(RULE, healthy())


def test_a_policy_that_does_not_say_claims_nothing():
    plan = healthy()
    plan.edit("STS01", "entra-certificate-policy", "-", enabled=pb.TRISTATE_UNSPECIFIED)
    silent(RULE, plan)


def test_where_no_domain_is_federated_it_is_the_only_way():
    plan = healthy()
    plan.edit("STS01", "entra-certificate-policy", "-", enabled=YES)
    plan.edit("STS01", "entra-domain", "contoso.com", authentication_type="Managed", passive_sign_in_uri="")
    silent(RULE, plan)


def test_a_policy_that_nobody_may_read_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-certificate-policy")
    cannot_tell(RULE, plan, None)


def test_domains_that_are_not_known_leave_it_open_where_the_policy_is_on():
    plan = healthy()
    plan.edit("STS01", "entra-certificate-policy", "-", enabled=YES)
    plan.lose("STS01", "entra-domain")
    cannot_tell(RULE, plan, None)
    plan.edit("STS01", "entra-certificate-policy", "-", enabled=NO)
    silent(RULE, plan)
