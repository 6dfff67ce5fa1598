"""What a proxy says of itself is passed on."""

import pytest

from farmsight_collector.rules.wap.health import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_a_state_that_is_not_ok_is_passed_on():
    plan = healthy()
    plan.edit("WAP01", "wap-configuration", "-", health_state="Error", health_notes=["AD FS Proxy: no trust"])
    fires(RULE, plan, "WAP01", subject="Error")


@pytest.mark.parametrize("state", ["OK", "ok", ""])
def test_ok_and_not_shown_are_left_alone(state):
    plan = healthy()
    plan.edit("WAP01", "wap-configuration", "-", health_state=state)
    silent(RULE, plan)


def test_a_configuration_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("WAP01", "wap-configuration")
    cannot_tell(RULE, plan, "WAP01")
