"""The mode is decided from evidence, never assumed."""

import pytest

from farmsight_collector.model.mode import Mode, client_endpoint, farm_mode, need_mode, server_mode
from farmsight_collector.model.view import UnknownFactError
from tests.fakes.adfs_farms import ADFS_NODES, CERTAUTH, SIGN_IN, WAPS, binding, healthy
from tests.fakes.farms import FARM


@pytest.mark.parametrize(("mode", "place"), [("classic", (FARM, 49443)), ("alternate", (CERTAUTH, 443))])
def test_the_bindings_of_the_nodes_decide(mode, place):
    made = healthy(mode).farm()
    assert farm_mode(made).mode.value == mode
    assert farm_mode(made).evidence
    assert client_endpoint(made) == place
    assert {server_mode(made, s).mode.value for s in made.of_role("adfs", "wap")} == {mode}


def test_a_binding_that_one_node_lost_does_not_change_the_mode():
    plan = healthy()
    plan.drop("STS02", "tls-binding", f"{FARM}:49443")
    assert farm_mode(plan.farm()).mode is Mode.CLASSIC
    assert server_mode(plan.farm(), plan.farm().server("STS02")).mode is Mode.UNKNOWN


@pytest.mark.parametrize(("port", "mode"), [(443, Mode.ALTERNATE), (49443, Mode.CLASSIC)])
def test_what_adfs_is_configured_for_decides_when_no_node_has_a_binding(port, mode):
    plan = healthy()
    plan.drop(ADFS_NODES, "tls-binding", f"{FARM}:49443")
    plan.edit("STS01", "adfs-properties", "-", tls_client_port=port)
    assert farm_mode(plan.farm()).mode is mode


def test_nodes_that_disagree_are_settled_by_configuration_or_not_at_all():
    plan = healthy()
    plan.drop("STS02", "tls-binding", f"{FARM}:49443")
    plan.put("STS02", f"{CERTAUTH}:443", binding(CERTAUTH, 443))
    assert farm_mode(plan.farm()).mode is Mode.CLASSIC
    plan.lose("STS01", "adfs-properties")
    assert farm_mode(plan.farm()).mode is Mode.UNKNOWN
    with pytest.raises(UnknownFactError, match="disagree"):
        need_mode(plan.farm())


def test_proxies_then_reservations_decide_when_nodes_say_nothing():
    plan = healthy()
    plan.lose(ADFS_NODES, "tls-binding")
    plan.lose("STS01", "adfs-properties")
    assert farm_mode(plan.farm()).mode is Mode.CLASSIC
    plan.lose(WAPS, "tls-binding")
    assert "was set up" in farm_mode(plan.farm()).reason
    plan.lose(WAPS, "wap-configuration")
    assert "reserves" in farm_mode(plan.farm()).reason
    plan.lose(SIGN_IN, "url-reservation")
    assert farm_mode(plan.farm()).mode is Mode.UNKNOWN
