"""A trust for Entra that does not sign with SHA-256 is found."""

import pytest

from farmsight_collector.rules.adfs.sha1_trust import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent

KEY = "urn:federation:MicrosoftOnline"


def signing(algorithm):
    plan = healthy()
    plan.edit("STS01", "adfs-trust", KEY, signature_algorithm=algorithm)
    return plan


@pytest.mark.parametrize("algorithm", ["http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/1999/other"])
def test_any_other_algorithm_is_found(algorithm):
    fires(RULE, signing(algorithm), subject=KEY)


def test_sha_256_is_right():
    silent(RULE, signing("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"))


def test_an_algorithm_that_is_not_shown_is_in_doubt():
    cannot_tell(RULE, signing(""), None)


def test_trusts_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-trust")
    cannot_tell(RULE, plan, None)
