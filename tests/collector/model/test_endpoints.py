"""What was seen over the wire is laid to the server that has the address."""

import pytest

from farmsight_collector.model.endpoints import bare, owner, seen
from farmsight_collector.model.view import UnknownFactError
from tests.fakes.adfs_farms import ADDRESSES, endpoint, endpoint_key, healthy
from tests.fakes.farms import FARM


def test_an_address_belongs_to_the_one_server_that_has_it():
    plan = healthy()
    assert owner(plan.farm(), ADDRESSES["STS02"]).name == "STS02"
    assert owner(plan.farm(), "203.0.113.5") is None
    plan.edit("STS01", "host", "STS01", addresses=[ADDRESSES["STS01"], ADDRESSES["STS02"]])
    assert owner(plan.farm(), ADDRESSES["STS02"]) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [("10.0.0.1", "10.0.0.1"), ("10.0.0.1:8443", "10.0.0.1"), ("fd00::1", "fd00::1"), ("[fd00::1]:443", "fd00::1")],
)
def test_ports_are_taken_off_addresses(address, expected):
    assert bare(address) == expected


def test_loopback_is_whoever_looks_unless_a_server_says_it_has_the_address():
    plan = healthy()
    look = endpoint(FARM, 443, "127.0.0.1")
    plan.put("STS02", endpoint_key(look), look)
    look = endpoint(FARM, 443, "127.0.1.21:30443")
    plan.put("STS02", endpoint_key(look), look)
    plan.edit("WAP01", "host", "WAP01", addresses=["127.0.1.21"])
    found = {s.value.address: s.servers for s in seen(plan.farm(), FARM, 443) if s.observer.name == "STS02"}
    assert found == {"127.0.0.1": ("STS02",), "127.0.1.21:30443": ("WAP01",)}


def test_proxies_look_at_the_farm_behind_them_as_no_client_does():
    made = healthy().farm()
    assert {s.as_client for s in seen(made, FARM, 443) if s.observer.role == "wap"} == {False}
    assert {s.as_client for s in seen(made, FARM, 443) if s.observer.role == "vantage"} == {True}


def test_when_nobody_looked_it_is_not_known():
    with pytest.raises(UnknownFactError):
        tuple(seen(healthy().farm(), "www.contoso.com", 443))
