"""A bound certificate that is not there, or has no key, is named."""

from farmsight_collector.rules.http.bound_certificate_missing import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import NO, SSL, cannot_tell, fires, healthy, sha1, silent


def test_a_certificate_that_left_its_store_is_named():
    plan = healthy()
    plan.drop("STS02", "store-certificate", f"MY/{sha1(SSL)}")
    fires(RULE, plan, "STS02", subject=sha1(SSL))


def test_a_certificate_without_its_key_is_named():
    plan = healthy()
    plan.edit("WAP01", "store-certificate", f"MY/{sha1(SSL)}", has_private_key=NO)
    fires(RULE, plan, "WAP01")


def test_a_key_that_was_not_looked_for_is_no_finding():
    plan = healthy()
    plan.edit("WAP01", "store-certificate", f"MY/{sha1(SSL)}", has_private_key=pb.TRISTATE_UNKNOWN)
    silent(RULE, plan)


def test_a_store_that_was_not_read_is_not_empty():
    plan = healthy()
    plan.drop("WAP01", "store-certificate", f"MY/{sha1(SSL)}")
    plan.lose("WAP01", "store-certificate", "MY")
    cannot_tell(RULE, plan, "WAP01")


def test_healthy_is_silent():
    silent(RULE, healthy())
