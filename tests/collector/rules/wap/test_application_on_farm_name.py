"""An application that is published on the farm's name is named."""

import pytest

from farmsight_collector.rules.wap.application_on_farm_name import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import CERTAUTH, WAPS, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


def publishing(url):
    plan = healthy()
    for name in WAPS:
        plan.states[name, "wap", "applications", None] = "observed"
    plan.put("WAP02", "1", pb.WapApplication(id="1", name="Portal", external_url=url))
    return plan


@pytest.mark.parametrize("host", [FARM, CERTAUTH, FARM.upper()])
def test_it_is_named(host):
    fires(RULE, publishing(f"https://{host}/portal/"), "WAP02", subject="Portal")


@pytest.mark.parametrize("url", ["https://portal.contoso.com/", "", "nonsense", f"https://www.{FARM}/"])
def test_a_host_of_its_own_is_right(url):
    silent(RULE, publishing(url))


def test_applications_that_are_not_known_are_in_doubt():
    plan = publishing("https://portal.contoso.com/")
    plan.lose("WAP01", "wap-application")
    cannot_tell(RULE, plan, "WAP01")
