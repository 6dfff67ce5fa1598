"""A domain that makes a password prompt of prompt=login is found."""

import pytest

from farmsight_collector.rules.entra.prompt_login import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


@pytest.mark.parametrize("value", [pb.PROMPT_LOGIN_NOT_SET, pb.PROMPT_LOGIN_TRANSLATE])
def test_it_is_found(value):
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", prompt_login=value)
    fires(RULE, plan, subject="contoso.com")


@pytest.mark.parametrize("value", [pb.PROMPT_LOGIN_NATIVE, pb.PROMPT_LOGIN_DISABLED])
def test_native_and_disabled_let_certificates_through(value):
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", prompt_login=value)
    silent(RULE, plan)


def test_managed_domains_are_not_asked():
    plan = healthy()
    domain = pb.EntraDomain(
        name="x.onmicrosoft.com", authentication_type="Managed", prompt_login=pb.PROMPT_LOGIN_NOT_SET
    )
    plan.put("STS01", "x.onmicrosoft.com", domain)
    silent(RULE, plan)


def test_a_setting_that_is_not_shown_is_in_doubt():
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", prompt_login=pb.PROMPT_LOGIN_UNSPECIFIED)
    cannot_tell(RULE, plan)
