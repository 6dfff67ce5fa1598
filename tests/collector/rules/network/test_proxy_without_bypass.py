"""network.proxy-without-bypass."""

import pytest

from farmsight_collector.rules.network.proxy_without_bypass import RULE
from tests.fakes.pki import World, found, judged, proxy, retrieval, untold

FARM = "sts.contoso.com"


@pytest.mark.parametrize(
    ("bypass", "fires"),
    [
        ([], True),
        (["<local>"], True),
        (["*.contoso.com"], False),
        (["other.example;STS.contoso.com;<local>"], False),
        (["https://sts.contoso.com:443"], False),
        (["sts.contoso.com.evil.example"], True),
    ],
)
def test_a_wap_whose_proxy_takes_the_way_to_the_farm(bypass: list[str], fires: bool) -> None:
    world = World().put("WAP01", proxy(proxy="p:8080", bypass=bypass))

    assert found(RULE, world) == ([(FARM, ("WAP01",), ("system",), "error")] if fires else [])


def test_on_an_ad_fs_server_only_what_fails_through_the_proxy_counts() -> None:
    world = World().put("STS01", proxy(proxy="p:8080"))
    assert found(RULE, world) == []

    world.put("STS01", retrieval(outcome="HTTP_STATUS", http_status=502, proxy="p:8080"))
    assert found(RULE, world) == [("pki.contoso.com", ("STS01",), ("system",), "error")]


def test_the_remedy_keeps_the_list_and_quotes_it() -> None:
    world = World().put("WAP01", proxy(proxy="p:8080", bypass=["<local>"]))

    command = judged(RULE, world).findings[0].remedy[0].command
    assert "proxy-server='p:8080' 'bypass-list=<local>;sts.contoso.com'" in command


def test_unknown_settings_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP01", "proxy-settings", "", "system")) == [("WAP01", "system")]
