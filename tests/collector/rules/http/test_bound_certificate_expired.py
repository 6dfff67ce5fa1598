"""A bound certificate out of its time is named with the servers that present it."""

from datetime import timedelta

from farmsight_collector.rules.http.bound_certificate_expired import RULE
from tests.fakes.adfs_farms import SSL, cannot_tell, fires, healthy, sha1, silent, summary
from tests.fakes.farms import NOW

PLACE = f"MY/{sha1(SSL)}"


def test_an_expired_certificate_is_named():
    plan = healthy()
    plan.edit("WAP01", "store-certificate", PLACE, certificate=summary(SSL, not_after=NOW - timedelta(hours=1)))
    fires(RULE, plan, "WAP01", subject=sha1(SSL))


def test_one_that_is_not_yet_valid_is_named():
    plan = healthy()
    plan.edit("WAP01", "store-certificate", PLACE, certificate=summary(SSL, not_before=NOW + timedelta(hours=1)))
    fires(RULE, plan, "WAP01")


def test_the_last_hour_is_still_within_its_time():
    plan = healthy()
    plan.edit("WAP01", "store-certificate", PLACE, certificate=summary(SSL, not_after=NOW + timedelta(hours=1)))
    silent(RULE, plan)


def test_a_store_that_was_not_read_is_in_doubt():
    plan = healthy()
    plan.lose("WAP01", "store-certificate", "MY")
    cannot_tell(RULE, plan, "WAP01")
