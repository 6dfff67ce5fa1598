"""A proxy whose way to the farm leads elsewhere is named."""

import pytest

from farmsight_collector.rules.wap.farm_name_wrong import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, SIGN_IN, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


def resolves(plan, name, *addresses, outcome=pb.RESOLUTION_OUTCOME_RESOLVED, hosts=False):
    held = plan.get(name, "host", name)
    held.ClearField("resolutions")
    held.resolutions.add(name=FARM, addresses=addresses, outcome=outcome, from_hosts_file=hosts)


def test_no_address_at_all_is_named():
    plan = healthy()
    resolves(plan, "WAP01", outcome=pb.RESOLUTION_OUTCOME_NO_SUCH_NAME)
    fires(RULE, plan, "WAP01", subject=FARM)


@pytest.mark.parametrize("address", [ADDRESSES["WAP01"], ADDRESSES["WAP02"], "127.0.0.1"])
def test_the_address_of_a_proxy_is_named(address):
    plan = healthy()
    resolves(plan, "WAP01", address, hosts=True)
    fires(RULE, plan, "WAP01")


def test_an_address_that_nobody_else_finds_is_named():
    plan = healthy()
    resolves(plan, "WAP02", "10.9.9.9")
    fires(RULE, plan, "WAP02")


@pytest.mark.parametrize("address", ["10.0.0.12", "10.0.0.11"])
def test_any_node_will_do(address):
    plan = healthy()
    resolves(plan, "WAP02", address)
    silent(RULE, plan)


def test_a_virtual_address_for_all_is_right():
    plan = healthy()
    for name in SIGN_IN:
        resolves(plan, name, "10.0.0.100")
    silent(RULE, plan)


def test_a_proxy_that_did_not_resolve_the_name_is_in_doubt():
    plan = healthy()
    plan.get("WAP01", "host", "WAP01").ClearField("resolutions")
    cannot_tell(RULE, plan, "WAP01")
