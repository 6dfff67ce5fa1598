"""network.host-unreachable."""

import pytest

from farmsight_collector.correlate.causes import fold
from farmsight_collector.rules.crl import RULES as CRL_RULES
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.rules.network import RULES as NETWORK_RULES
from farmsight_collector.rules.network.host_unreachable import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact
from tests.fakes.pki import CONTEXTS, DELTA_URL, ISSUING_URL, MIRROR, URL, World, crl, found, judged, retrieval, untold

HOST = "pki.contoso.com"
OCSP_URL = "http://pki.contoso.com/ocsp"


def cut_off(world: World, *servers: str, outcome: str = "UNREACHABLE", context: str = "") -> World:
    """Let servers (or one of their accounts) get no connection to the host."""
    for name in servers:
        for one in CONTEXTS[world.roles[name]]:
            if context in ("", one):
                world.put(name, retrieval(URL, one, outcome=outcome), retrieval(ISSUING_URL, one, outcome=outcome))
                world.put(name, retrieval(DELTA_URL, one, purpose="delta", outcome=outcome))
    return world


@pytest.mark.parametrize("outcome", ["REFUSED", "UNREACHABLE", "CONNECT_TIMED_OUT", "RESET"])
def test_a_wap_without_a_route_is_one_finding_that_names_who_has_one(outcome: str) -> None:
    world = cut_off(World(), "WAP02", outcome=outcome)

    assert found(RULE, world) == [(HOST, ("WAP02",), ("network-service", "system"), "critical")]
    (finding,) = judged(RULE, world).findings
    assert f"{HOST} can't be reached from WAP02 (network-service, system): " in finding.title
    assert finding.title.endswith("; STS01, STS02, WAP01 can")
    assert {held.value.url for held in finding.evidence} == {URL, ISSUING_URL, DELTA_URL}
    (remedy,) = finding.remedy
    assert remedy.server == "WAP02"
    assert f"Test-NetConnection -ComputerName '{HOST}' -Port 80 " in remedy.command


def test_a_host_that_nobody_reaches_is_itself_down() -> None:
    world = cut_off(World(), "STS01", "STS02", "WAP01", "WAP02", outcome="REFUSED")

    (finding,) = judged(RULE, world).findings
    assert finding.servers == ("STS01", "STS02", "WAP01", "WAP02")
    assert finding.title.endswith("the connection is refused; nobody can")
    assert "is down" in finding.why
    assert finding.remedy[-1].server == HOST


def test_an_account_that_alone_gets_no_connection_is_told_apart() -> None:
    (finding,) = judged(RULE, cut_off(World(), "WAP02", context="network-service")).findings

    assert finding.contexts == ("network-service",)
    assert "other accounts" in finding.why


def test_all_that_fails_for_want_of_a_route_is_under_the_one_cause() -> None:
    world = cut_off(World(), "WAP02")
    world.put("WAP02", retrieval(OCSP_URL, "system", purpose="ocsp", outcome="UNREACHABLE"))

    folded = fold(evaluate(world.farm(), (*CRL_RULES, *NETWORK_RULES)))

    tops = [one.rule.code for one in folded.findings if one.caused_by is None]
    assert tops == ["network.host-unreachable"]
    assert {one.rule.code for one in folded.findings} >= {
        "crl.unreachable",
        "crl.delta-unreachable",
        "crl.fetch-differs",
    }
    top = next(one for one in folded.findings if one.caused_by is None)
    assert top.severity == max(one.severity for one in folded.findings)


def test_another_host_that_fails_otherwise_keeps_its_own_finding() -> None:
    world = cut_off(World(), "WAP02")
    world.put("WAP02", retrieval(MIRROR, outcome="HTTP_STATUS", http_status=404))

    folded = fold(evaluate(world.farm(), (*CRL_RULES, *NETWORK_RULES)))

    (other,) = (one for one in folded.findings if one.subject == MIRROR and one.rule.code == "crl.unreachable")
    assert other.caused_by is None


def test_it_weighs_as_much_as_what_only_this_host_serves() -> None:
    mirrored = World().put("WAP01", retrieval(outcome="UNREACHABLE"), retrieval(MIRROR))
    mirrored.take("WAP01", f"crl {ISSUING_URL}", f"delta {DELTA_URL}")
    mirrored.put("WAP01", retrieval(URL, "network-service"))
    assert found(RULE, mirrored) == [(HOST, ("WAP01",), ("system",), "warning")]

    cached = cut_off(World(), "WAP01")
    for context in CONTEXTS["wap"]:
        for url in (URL, ISSUING_URL):
            entry = facts_pb2.UrlCacheEntry(url=url, crl=crl())
            cached.put("WAP01", fact(entry, url, context))
    assert [one[3] for one in found(RULE, cached)] == ["error"]


def test_a_host_that_answers_any_of_the_requests_is_reached() -> None:
    world = World().put("WAP01", retrieval(URL, outcome="CONNECT_TIMED_OUT"))

    assert found(RULE, world) == []


@pytest.mark.parametrize("outcome", ["NAME_NOT_RESOLVED", "HTTP_STATUS", "TIMED_OUT", "PROXY_AUTHENTICATION"])
def test_names_proxies_and_answers_are_other_faults(outcome: str) -> None:
    assert found(RULE, cut_off(World(), "WAP01", outcome=outcome)) == []


def test_a_proxy_that_takes_no_connection_is_not_the_host() -> None:
    world = cut_off(World(), "WAP01", context="system")
    for url in (URL, ISSUING_URL):
        world.put("WAP01", retrieval(url, outcome="REFUSED", proxy="proxy.contoso.com:8080"))

    assert found(RULE, world) == []


def test_a_redirect_blames_the_host_that_it_led_to() -> None:
    hops = [facts_pb2.Hop(url=URL, http_status=302), facts_pb2.Hop(url="http://cdn.contoso.com/root.crl")]
    world = World().put("WAP01", retrieval(outcome="REFUSED", hops=hops))

    assert [one[0] for one in found(RULE, world)] == ["cdn.contoso.com"]


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP01", "retrievals", "", "system")) == [("WAP01", "system")]
