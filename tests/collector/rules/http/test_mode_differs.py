"""Servers that ask for certificates elsewhere than the farm are named."""

import pytest

from farmsight_collector.rules.http.mode_differs import RULE
from tests.fakes.adfs_farms import CERTAUTH, binding, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


def other_mode(plan, *names):
    for name in names:
        plan.drop(name, "tls-binding", f"{FARM}:49443")
        plan.put(name, f"{CERTAUTH}:443", binding(CERTAUTH, 443))


def test_the_waps_that_stayed_behind_are_named():
    plan = healthy()
    other_mode(plan, "STS01", "STS02")
    plan.edit("STS01", "adfs-properties", "-", tls_client_port=443)
    fires(RULE, plan, "WAP01", "WAP02", subject=FARM)


def test_one_wap_in_the_other_mode_is_named():
    plan = healthy()
    other_mode(plan, "WAP02")
    fires(RULE, plan, "WAP02")


@pytest.mark.parametrize("mode", ["classic", "alternate"])
def test_one_mode_everywhere_is_right(mode):
    silent(RULE, healthy(mode))


def test_a_server_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("WAP01", "tls-binding")
    cannot_tell(RULE, plan, None)


def test_a_wap_that_binds_the_port_for_all_addresses_is_in_the_same_mode():
    plan = healthy()
    plan.drop("WAP02", "tls-binding", f"{FARM}:49443")
    plan.put("WAP02", "0.0.0.0:49443", binding("0.0.0.0", 49443))
    silent(RULE, plan)
