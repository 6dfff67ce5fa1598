"""A proxy whose trust certificate ran out is named."""

from datetime import timedelta

from farmsight_collector.rules.wap.trust_certificate_expired import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import SSL, TRUST, cannot_tell, fires, healthy, sha1, silent, summary
from tests.fakes.farms import NOW


def test_an_expired_one_alone_is_named():
    plan = healthy()
    plan.edit(
        "WAP01", "wap-trust-certificate", sha1(TRUST), certificate=summary(TRUST, not_after=NOW - timedelta(days=1))
    )
    fires(RULE, plan, "WAP01", subject=sha1(TRUST))


def test_an_expired_one_beside_its_renewal_is_left_alone():
    plan = healthy()
    old = pb.WapTrustCertificate(certificate=summary(SSL, not_after=NOW - timedelta(days=1)))
    plan.put("WAP01", sha1(SSL), old)
    silent(RULE, plan)


def test_certificates_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("WAP01", "wap-trust-certificate")
    cannot_tell(RULE, plan, "WAP01")
