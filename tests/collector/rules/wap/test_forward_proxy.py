"""A WAP that goes to AD FS through a proxy is named."""

from farmsight_collector.rules.wap.forward_proxy import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_it_is_named():
    plan = healthy()
    plan.edit("WAP01", "wap-configuration", "-", forward_proxy="proxy.contoso.com:8080")
    fires(RULE, plan, "WAP01", subject="proxy.contoso.com:8080")


def test_none_is_right():
    silent(RULE, healthy())


def test_a_configuration_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "wap-configuration")
    cannot_tell(RULE, plan, "WAP02")


def test_blanks_name_no_proxy():
    plan = healthy()
    plan.edit("WAP01", "wap-configuration", "-", forward_proxy="  ")
    silent(RULE, plan)
