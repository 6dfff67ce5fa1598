"""A proxy that stands before another farm is named."""

import pytest

from farmsight_collector.rules.wap.other_farm import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


@pytest.mark.parametrize(
    "changed", [{"federation_service_name": "old.contoso.com"}, {"adfs_url": "https://old.contoso.com/adfs"}]
)
def test_another_name_is_named(changed):
    plan = healthy()
    plan.edit("WAP02", "wap-configuration", "-", **changed)
    fires(RULE, plan, "WAP02", subject="old.contoso.com")


@pytest.mark.parametrize("url", ["", f"https://{FARM.upper()}/adfs", "https://[broken"])
def test_the_same_name_in_other_letters_or_none_is_left_alone(url):
    plan = healthy()
    plan.edit("WAP02", "wap-configuration", "-", adfs_url=url)
    silent(RULE, plan)


def test_a_configuration_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "wap-configuration")
    cannot_tell(RULE, plan, "WAP02")
