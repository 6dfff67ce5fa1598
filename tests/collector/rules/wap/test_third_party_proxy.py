"""A reverse proxy that keeps the user's certificate for itself is named."""

import pytest

from farmsight_collector.rules.wap.third_party_proxy import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import WAPS, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


def behind(product, host=FARM, port=443):
    """Return a farm behind one third-party proxy."""
    plan = healthy()
    plan.remove(*WAPS)
    plan.roles["PRX01"] = "proxy"
    value = pb.TlsBinding(host=host, port=port, product=product, binding_kind=pb.BINDING_KIND_SNI)
    plan.put("PRX01", f"{host}:{port}", value)
    return plan


@pytest.mark.parametrize("product", ["nginx", "haproxy"])
@pytest.mark.parametrize(("host", "port"), [(FARM, 443), (FARM, 49443), ("0.0.0.0", 443)])
def test_tls_that_ends_there_is_found(product, host, port):
    fires(RULE, behind(product, host, port), "PRX01", subject=f"{product} on PRX01")


def test_a_proxy_that_passes_connections_through_is_right():
    plan = behind("nginx")
    plan.drop("PRX01", "tls-binding")
    silent(RULE, plan)


@pytest.mark.parametrize(("host", "port"), [("www.contoso.com", 443), (FARM, 8443)])
def test_other_names_and_ports_are_no_affair_of_the_farm(host, port):
    silent(RULE, behind("nginx", host, port))


def test_a_wap_is_right():
    silent(RULE, healthy())


def test_a_product_that_is_not_known_may_speak_the_protocol():
    cannot_tell(RULE, behind("f5"), "PRX01")


def test_bindings_that_are_not_known_are_in_doubt():
    plan = behind("nginx")
    plan.lose("PRX01", "tls-binding")
    cannot_tell(RULE, plan, "PRX01")


def test_of_two_proxies_the_one_that_ends_tls_is_named():
    plan = behind("nginx")
    plan.roles["PRX02"] = "proxy"
    plan.states["PRX02", "http-sys", "tls-binding", None] = "observed"
    fires(RULE, plan, "PRX01", subject="nginx on PRX01")
