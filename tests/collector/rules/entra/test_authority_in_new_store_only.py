"""A CA that only the newer trust store holds is found."""

from farmsight_collector.rules.entra.authority_in_new_store_only import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ISSUING, cannot_tell, fires, healthy, sha1, silent


def test_it_is_found():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), entra_store=pb.ENTRA_STORE_PKI)
    fires(RULE, plan, subject="CN=Contoso Issuing CA 1")


def test_cas_of_the_classic_list_are_right():
    silent(RULE, healthy())


def test_a_source_that_does_not_say_which_store_claims_nothing():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ISSUING), entra_store=pb.ENTRA_STORE_UNSPECIFIED)
    silent(RULE, plan)


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan, None)
