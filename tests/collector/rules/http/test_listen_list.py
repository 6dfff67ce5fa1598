"""A server whose http.sys is restricted to other addresses is named."""

import pytest

from farmsight_collector.rules.http.listen_list import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, cannot_tell, fires, healthy, silent

OWN = ADDRESSES["STS01"]


def restricted(*addresses: str):
    plan = healthy()
    for address in addresses:
        plan.put("STS01", address, pb.IpListen(address=address))
    return plan


@pytest.mark.parametrize("address", ["127.0.0.1", "10.9.9.9", "::1"])
def test_a_list_without_the_servers_address_is_an_error(address: str):
    fires(RULE, restricted(address), "STS01", subject=address, severity=Severity.ERROR)


def test_one_of_two_addresses_left_out_is_a_warning():
    plan = restricted(OWN)
    plan.edit("STS01", "host", "STS01", addresses=[OWN, "10.0.5.5"])
    fires(RULE, plan, "STS01", severity=Severity.WARNING)


@pytest.mark.parametrize("addresses", [(), ("0.0.0.0",), ("::",), (OWN,), (OWN, "127.0.0.1")])
def test_no_list_all_addresses_or_the_servers_own_are_right(addresses: tuple[str, ...]):
    silent(RULE, restricted(*addresses))


def test_link_local_and_loopback_addresses_need_no_listener():
    plan = restricted(OWN)
    plan.edit("STS01", "host", "STS01", addresses=[OWN, "127.0.0.1", "fe80::1%4", "169.254.1.1"])
    silent(RULE, plan)


def test_without_the_servers_addresses_there_is_no_telling():
    plan = restricted("10.9.9.9")
    plan.edit("STS01", "host", "STS01", addresses=[])
    cannot_tell(RULE, plan, "STS01")


def test_a_list_that_could_not_be_read_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "ip-listen")
    cannot_tell(RULE, plan, "WAP02")
