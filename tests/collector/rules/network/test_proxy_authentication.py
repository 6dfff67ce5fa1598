"""network.proxy-authentication."""

from farmsight_collector.rules.crl.unreachable import RULE as UNREACHABLE
from farmsight_collector.rules.network.proxy_authentication import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import World, found, judged, proxy, retrieval, untold


def test_the_account_that_the_proxy_asks_for_a_login_is_named() -> None:
    refused = retrieval(context="adfs-service", outcome="PROXY_AUTHENTICATION", http_status=407, proxy="p:8080")
    world = World().put("STS01", refused, proxy("adfs-service", proxy="p:8080"))

    assert found(RULE, world) == [("pki.contoso.com", ("STS01",), ("adfs-service",), "error")]
    (finding,) = judged(RULE, world).findings
    assert finding.title.startswith("p:8080 demands")
    assert {held.kind for held in finding.evidence} == {"proxy-setting", "retrieval"}


def test_a_web_servers_login_is_another_matter() -> None:
    world = World().put("STS01", retrieval(outcome="HTTP_STATUS", http_status=401))

    assert found(RULE, world) == []
    assert untold(RULE, world.blinded("WAP01", "retrievals", "", "system")) == [("WAP01", "system")]


def test_where_windows_logs_on_to_the_proxy_itself_nothing_is_said_to_be_broken() -> None:
    """The agent never sends credentials; CryptoAPI may, as the account: then the way is open for sign-in."""
    refused = retrieval(
        context="adfs-service",
        outcome="PROXY_AUTHENTICATION",
        http_status=407,
        proxy="p:8080",
        platform_wire=facts_pb2.PlatformAnswer(ok=True),
    )
    world = World().put("STS01", refused, proxy("adfs-service", proxy="p:8080"))

    assert found(RULE, world) == []
    assert found(UNREACHABLE, world) == []
    assert untold(RULE, world) == [("STS01", "adfs-service")]
    assert untold(UNREACHABLE, world) == [("STS01", "adfs-service")]
