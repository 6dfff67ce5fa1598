"""A property of AD FS that has no effect, and is set, is found."""

import pytest

from farmsight_collector.rules.adfs.revocation_property import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_it_is_worth_knowing():
    plan = healthy()
    plan.edit("STS01", "adfs-properties", "-", client_certificate_revocation_check="CheckChainExcludeRoot")
    fires(RULE, plan, subject="ClientCertRevocationCheck", severity=Severity.INFO)


@pytest.mark.parametrize("value", ["None", "none", "0", ""])
def test_the_default_and_what_is_not_shown_are_right(value):
    plan = healthy()
    plan.edit("STS01", "adfs-properties", "-", client_certificate_revocation_check=value)
    silent(RULE, plan)


def test_properties_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-properties")
    cannot_tell(RULE, plan, None)
