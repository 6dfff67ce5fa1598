"""A certificate port that does not ask over the wire is named."""

import pytest

from farmsight_collector.rules.client.certificate_not_asked import RULE
from tests.fakes.adfs_farms import ADDRESSES, WAPS, cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM


def look(plan, asks):
    seen = endpoint(FARM, 49443, ADDRESSES["WAP02"], asks=asks, path="/adfs/services/trust/2005/certificatetransport")
    plan.put("OUT01", endpoint_key(seen), seen)


def test_the_server_that_does_not_ask_is_named():
    plan = healthy()
    look(plan, asks=False)
    fires(RULE, plan, "WAP02", subject=f"{FARM}:49443")


@pytest.mark.parametrize("mode", ["classic", "alternate"])
def test_443_in_classic_mode_and_certauth_that_asks_are_right(mode):
    silent(RULE, healthy(mode))


def test_when_nobody_could_look_there_is_no_telling():
    plan = healthy()
    plan.lose(("OUT01", *WAPS), "tls-endpoint")
    cannot_tell(RULE, plan)


def test_a_proxys_own_way_to_the_farm_is_not_the_clients():
    plan = healthy()
    seen = endpoint(FARM, 49443, ADDRESSES["STS01"], asks=False)
    plan.put("WAP01", endpoint_key(seen), seen)
    silent(RULE, plan)
