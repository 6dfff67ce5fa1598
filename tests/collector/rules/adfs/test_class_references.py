"""A trust for Entra that allows no class of certificates is found."""

import pytest

from farmsight_collector.rules.adfs.class_references import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent

KEY = "urn:federation:MicrosoftOnline"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


def allowing(*classes):
    plan = healthy()
    plan.edit("STS01", "adfs-trust", KEY, allowed_authentication_class_references=list(classes))
    return plan


def test_a_list_of_passwords_alone_is_worth_knowing():
    fires(RULE, allowing(PASSWORD), subject=KEY, severity=Severity.INFO)


@pytest.mark.parametrize(
    "classes",
    [
        (),
        (PASSWORD, "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"),
        ("urn:ietf:rfc:2246:TLSClient", "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient"),
    ],
)
def test_no_list_or_one_with_certificates_is_right(classes):
    silent(RULE, allowing(*classes))


def test_trusts_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS01", "adfs-trust")
    cannot_tell(RULE, plan, None)
