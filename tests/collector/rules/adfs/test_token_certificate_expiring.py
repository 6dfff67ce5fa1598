"""Token certificates that run out are found."""

from datetime import timedelta

from farmsight_collector.rules.adfs.token_certificate_expiring import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import NO, SIGNING, SSL, cannot_tell, fires, healthy, sha1, silent, summary
from tests.fakes.farms import NOW

PLACE = f"Token-Signing/{sha1(SIGNING)}"


def ends(plan, **left):
    plan.edit("STS01", "adfs-certificate", PLACE, certificate=summary(SIGNING, not_after=NOW + timedelta(**left)))


def test_an_expired_one_is_an_error_though_roll_over_is_on():
    plan = healthy()
    ends(plan, days=-1)
    fires(RULE, plan, subject=PLACE, severity=Severity.ERROR)


def test_one_that_soon_ends_is_a_warning_when_nothing_renews_it():
    plan = healthy()
    ends(plan, days=20)
    silent(RULE, plan)
    plan.edit("STS01", "adfs-properties", "-", auto_certificate_rollover=NO)
    fires(RULE, plan, severity=Severity.WARNING)


def test_a_successor_is_enough():
    plan = healthy()
    ends(plan, days=20)
    plan.edit("STS01", "adfs-properties", "-", auto_certificate_rollover=NO)
    plan.put("STS01", f"Token-Signing/{sha1(SSL)}", pb.AdfsCertificate(type="Token-Signing", certificate=summary(SSL)))
    silent(RULE, plan)


def test_certificates_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-certificate")
    cannot_tell(RULE, plan)
