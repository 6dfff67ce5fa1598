"""A CA object that ran out is found."""

from datetime import timedelta

from farmsight_collector.rules.entra.authority_expired import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import NO, NOW, cannot_tell, fires, healthy, made_certificate, sha1, silent, summary

OLD = made_certificate("Contoso Issuing CA 0", issuer="Contoso Root CA", ca=True, days=-2)


def listed(plan, der):
    plan.blobs.append(der)
    plan.put("STS01", sha1(der), pb.EntraAuthority(root=NO, certificate=summary(der), crl_url="http://p.contoso.com/0"))


def test_it_is_found():
    plan = healthy()
    listed(plan, OLD)
    fires(RULE, plan, subject="CN=Contoso Issuing CA 0")


def test_one_that_was_renewed_with_the_same_key_is_left_alone():
    plan = healthy()
    listed(plan, OLD)
    listed(plan, made_certificate("Contoso Issuing CA 0", issuer="Contoso Root CA", ca=True))
    silent(RULE, plan)


def test_a_certificate_that_is_not_shown_is_in_doubt():
    plan = healthy()
    plan.put("STS01", "00" * 20, pb.EntraAuthority(root=NO, crl_url="http://p.contoso.com/0"))
    cannot_tell(RULE, plan)


def test_one_that_ended_within_the_doubt_of_a_listing_is_in_doubt():
    """A listing prints local time and no zone."""
    plan = healthy()
    just = summary(made_certificate("Contoso Issuing CA 0", issuer="Contoso Root CA", ca=True))
    just.ClearField("blob_sha256")
    just.not_after.FromDatetime(NOW - timedelta(hours=3))
    plan.put("STS01", just.sha1, pb.EntraAuthority(root=NO, certificate=just, crl_url="http://p.contoso.com/0"))
    cannot_tell(RULE, plan)
