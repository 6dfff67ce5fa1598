"""network.proxy-script-unreachable."""

import pytest

from farmsight_collector.rules.network.proxy_script_unreachable import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import DELTA_URL, ISSUING_URL, URL, World, found, host, proxy, retrieval, untold

PAC = "http://pac.contoso.com/proxy.pac"


def resolving(name: str, outcome: str) -> World:
    """Return a farm in which SYSTEM on WAP01 has a script, and the server resolves this name so."""
    one = facts_pb2.NameResolution(
        name=name, outcome=facts_pb2.ResolutionOutcome.Value(f"RESOLUTION_OUTCOME_{outcome}")
    )
    return World().put("WAP01", host("WAP01", domain=False, resolutions=[one]))


@pytest.mark.parametrize("outcome", ["NO_SUCH_NAME", "TIMED_OUT"])
def test_a_script_whose_host_is_not_resolved_is_found(outcome: str) -> None:
    world = resolving("pac.contoso.com", outcome).put("WAP01", proxy(pac_url=PAC))

    assert found(RULE, world) == [(PAC, ("WAP01",), ("system",), "warning")]


def test_automatic_detection_looks_for_wpad() -> None:
    world = resolving("wpad.contoso.com", "NO_SUCH_NAME").put("WAP01", proxy(auto_detect=True))

    assert [f[1:3] for f in found(RULE, world)] == [(("WAP01",), ("system",))]


def test_fetches_that_wait_where_an_account_without_script_does_not_are_proof() -> None:
    world = World().put("WAP01", proxy(pac_url=PAC), retrieval(URL, "system", took="UNDER_20_S"))

    assert found(RULE, world) == [(PAC, ("WAP01",), ("system",), "warning")]


def test_a_url_that_is_slow_for_everybody_proves_nothing_of_the_script() -> None:
    world = World().put("WAP01", proxy(pac_url=PAC))
    for context in ("system", "network-service"):
        world.put("WAP01", retrieval(URL, context, took="UNDER_20_S"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_a_script_with_which_fetches_are_quick_is_right() -> None:
    world = World().put("WAP01", proxy(pac_url=PAC))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_a_script_that_nobody_fetched_anything_with_can_not_be_judged() -> None:
    world = World().put("WAP01", proxy(pac_url=PAC))
    for url, purpose in ((URL, "crl"), (ISSUING_URL, "crl"), (DELTA_URL, "delta")):
        world.put("WAP01", retrieval(url, "system", purpose=purpose, outcome="REFUSED"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", "system")]


def test_the_administrators_own_script_is_not_the_services() -> None:
    world = resolving("pac.contoso.com", "NO_SUCH_NAME").put("WAP01", proxy("caller", "wininet", pac_url=PAC))

    assert found(RULE, world) == []


def test_settings_that_are_not_known_leave_it_open() -> None:
    assert untold(RULE, World().blinded("WAP02", "proxy-settings", "", "system")) == [("WAP02", "system")]
