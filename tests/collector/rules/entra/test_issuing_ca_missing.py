"""An issuing CA that the tenant does not list is found."""

from farmsight_collector.rules.entra.issuing_ca_missing import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import (
    ADFS_NODES,
    SIGN_IN,
    cannot_tell,
    fires,
    healthy,
    made_certificate,
    sha1,
    silent,
    summary,
)

SECOND = made_certificate("Contoso Issuing CA 2", issuer="Contoso Root CA", ca=True)


def hold(plan, names, store="CA"):
    plan.blobs.append(SECOND)
    for name in names:
        held = pb.StoreCertificate(store=store, certificate=summary(SECOND))
        plan.put(name, f"{store}/{sha1(SECOND)}", held)


def test_an_empty_list_lacks_it():
    plan = healthy()
    plan.drop("STS01", "entra-authority")
    fires(RULE, plan, subject="CN=Contoso Issuing CA 1", severity=Severity.CRITICAL)


def test_a_second_ca_that_every_server_holds_under_a_listed_root_is_found():
    plan = healthy()
    hold(plan, SIGN_IN)
    fires(RULE, plan, subject="CN=Contoso Issuing CA 2", severity=Severity.ERROR)


def test_one_that_only_nt_auth_names_is_a_warning():
    plan = healthy()
    hold(plan, ADFS_NODES, "NTAuth")
    fires(RULE, plan, subject="CN=Contoso Issuing CA 2", severity=Severity.WARNING)


def test_one_that_some_servers_hold_may_be_for_other_things():
    plan = healthy()
    hold(plan, ADFS_NODES)
    silent(RULE, plan)


def test_one_that_issued_the_servers_own_certificates_is_for_these():
    plan = healthy()
    hold(plan, SIGN_IN)
    own = made_certificate("wap01", ("wap01",), issuer="Contoso Issuing CA 2")
    plan.put("WAP01", f"MY/{sha1(own)}", pb.StoreCertificate(store="MY", certificate=summary(own)))
    silent(RULE, plan)


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)
