"""crl.unreachable."""

from datetime import timedelta

import pytest

from farmsight_collector.rules import crl as crl_rules
from farmsight_collector.rules import network
from farmsight_collector.rules.crl import mirror_unreachable
from farmsight_collector.rules.crl.unreachable import RULE
from farmsight_collector.rules.engine import evaluate
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW, fact, farm, server
from tests.fakes.pki import (
    ISSUING,
    ISSUING_URL,
    ROOT,
    URL,
    World,
    binding,
    crl,
    found,
    host,
    judged,
    make,
    retrieval,
    stored,
    untold,
    user,
)

OCSP = "http://pki.contoso.com/ocsp"
CONTEXTS = {"STS01": ("system", "adfs-service"), "WAP01": ("system", "network-service")}
LDAP = "ldap:///CN=Root,CN=CDP?certificateRevocationList"


def failing(context: str, outcome: str = "CONNECT_TIMED_OUT", url: str = URL, **fields: object) -> facts_pb2.Fact:
    return retrieval(url, context, outcome=outcome, **fields)


@pytest.mark.parametrize(
    "outcome", ["REFUSED", "UNREACHABLE", "TIMED_OUT", "RESET", "NAME_NOT_RESOLVED", "TRUNCATED", "DECOMPRESSION"]
)
def test_a_wap_whose_network_service_cannot_fetch_is_named_with_its_account(outcome: str) -> None:
    world = World().put("WAP02", failing("network-service", outcome))

    assert found(RULE, world) == [(URL, ("WAP02",), ("network-service",), "critical")]


def test_a_404_is_no_crl_either() -> None:
    world = World().put("STS01", failing("adfs-service", "HTTP_STATUS", http_status=404))

    (finding,) = judged(RULE, world).findings
    assert "404" in finding.title
    assert finding.contexts == ("adfs-service",)


def test_all_servers_and_accounts_are_one_finding() -> None:
    world = World()
    for name, contexts in (("STS01", ("system", "adfs-service")), ("WAP01", ("system", "network-service"))):
        for context in contexts:
            world.put(name, failing(context, url=ISSUING_URL))

    assert found(RULE, world) == [
        (ISSUING_URL, ("STS01", "WAP01"), ("adfs-service", "network-service", "system"), "critical")
    ]


def test_a_mirror_that_works_in_the_same_account_makes_it_a_warning_of_another_rule() -> None:
    mirror = "http://mirror.contoso.com/root.crl"
    world = World().put("WAP01", failing("system"), retrieval(mirror, "system"))

    assert found(RULE, world) == []
    assert found(mirror_unreachable.RULE, world) == [(URL, ("WAP01",), ("system",), "warning")]


def test_a_mirror_that_works_for_another_account_helps_nobody() -> None:
    world = World().put("WAP01", failing("system"), retrieval("http://mirror.contoso.com/root.crl", "network-service"))

    assert found(RULE, world) == [(URL, ("WAP01",), ("system",), "critical")]


def test_an_expired_mirror_is_no_alternative() -> None:
    mirror = retrieval("http://mirror.contoso.com/root.crl", "system", body=crl(ends=timedelta(hours=-1)))

    assert len(found(RULE, World().put("WAP01", failing("system"), mirror))) == 1


def test_a_responder_that_answers_is_an_alternative() -> None:
    answer = retrieval("http://ocsp.contoso.com/", "system", purpose="ocsp")

    assert found(RULE, World().put("WAP01", failing("system"), answer)) == []


def test_the_crl_of_the_ca_itself_is_no_alternative_for_what_it_issued() -> None:
    """The tenant's URL of a CA object and the CDP in the CA's certificate are two different CRLs."""
    assert found(RULE, World().put("WAP01", failing("system", url=ISSUING_URL)))[0][0] == ISSUING_URL


def test_ldap_that_cannot_be_asked_here_is_no_failure_of_the_way() -> None:
    ldap = failing("system", "NOT_POSSIBLE_HERE", url=LDAP)

    assert found(RULE, World().put("WAP01", ldap)) == []
    assert found(mirror_unreachable.RULE, World().put("WAP01", ldap)) == []


DIRECTORY = "ldap://dc1.contoso.com/CN=Root,CN=CDP?certificateRevocationList"


def test_a_directory_that_shows_nothing_to_strangers_is_no_outage_for_the_account() -> None:
    """The agent may not log on where the account's own chain engine would."""
    refused = failing("system", "DIRECTORY_RESULT", url=DIRECTORY, system_error=1)
    world = World().put_all(refused).put("WAP01", failing("system"))

    assert [one[:2] for one in found(RULE, world)] == [(URL, ("WAP01",))]  # the directory is no other way
    assert ("WAP01", "system") in untold(RULE, world)


def test_a_directory_that_refuses_windows_too_is_one() -> None:
    refused = failing(
        "system", "DIRECTORY_RESULT", url=DIRECTORY, platform_wire=facts_pb2.PlatformAnswer(error="0x80072030")
    )

    assert (DIRECTORY, ("WAP01",), ("system",), "warning") in found(
        mirror_unreachable.RULE, World().put("WAP01", refused)
    )


def of_a_proxy(*facts: facts_pb2.Fact) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what is found on a farm that has another maker's proxy, on Linux, with these fetches."""
    world = World()
    linux = server("NGX01", "proxy", host("NGX01", domain=False), *facts)
    said = evaluate(farm(*world.farm().servers, linux, blobs=world.blobs), (*crl_rules.RULES, *network.RULES))
    return [(one.rule.code, one.severity.word, one.servers) for one in said.findings]


@pytest.mark.parametrize("outcome", ["DIRECTORY_RESULT", "REFUSED", "CONNECT_TIMED_OUT", "NAME_NOT_RESOLVED"])
def test_what_an_agent_does_not_get_by_ldap_beside_a_proxy_of_another_maker_is_nobodys_outage(outcome: str) -> None:
    assert of_a_proxy(failing("system", outcome, url=DIRECTORY)) == []


def test_what_it_gets_by_ldap_is_no_other_way_for_that_proxy() -> None:
    said = of_a_proxy(failing("system"), retrieval(DIRECTORY, "system"))

    assert ("crl.unreachable", "critical", ("NGX01",)) in said
    assert of_a_proxy(retrieval(URL, "system"), retrieval(DIRECTORY, "system")) == []


@pytest.mark.parametrize("context", ["caller", "adfs-service"])
def test_an_account_that_validates_nothing_here_is_a_warning(context: str) -> None:
    world = World().put("WAP01", failing(context))

    (finding,) = judged(RULE, world).findings
    assert finding.severity.word == "warning"
    assert ("caller" in finding.why) == (context == "caller")


def test_a_users_certificate_that_was_handed_in_counts() -> None:
    url = "http://pki.contoso.com/user.crl"
    world = World().put("STS02", retrieval(url, "system", outcome="REFUSED", named_by=(user(),)))

    assert found(RULE, world) == [(url, ("STS02",), ("system",), "critical")]


def test_urls_of_roots_and_of_other_chains_are_no_matter() -> None:
    other = make("Some Public CA", make("Some Public Root"))
    world = World().put("STS01", stored("MY", other))
    for url, named in (("http://x.example/root.crl", ROOT), ("http://y.example/p.crl", other)):
        world.put("STS01", retrieval(url, "system", outcome="REFUSED", named_by=(named,)))

    assert found(RULE, world) == []


def test_nobody_names_any_ca() -> None:
    world = World(tenant=False).take_all(f"NTAuth/{ISSUING.sha1}").put("WAP01", failing("system"))

    assert found(RULE, world) == [(URL, ("WAP01",), ("system",), "error")]


def test_a_cached_copy_puts_the_outage_off() -> None:
    entry = facts_pb2.UrlCacheEntry(url=URL, crl=crl(ends=timedelta(days=2)))
    world = World().put("WAP01", failing("system"), fact(entry, URL, "system"))

    (finding,) = judged(RULE, world).findings
    assert finding.severity.word == "error"
    assert f"{NOW + timedelta(days=2):%Y-%m-%d}" in finding.why


def test_a_server_that_checks_nothing_is_not_down() -> None:
    world = World().put("WAP01", failing("system"), binding(verify_client_revocation=False))

    assert found(RULE, world) == [(URL, ("WAP01",), ("system",), "warning")]


def test_an_account_that_could_not_be_entered_is_not_told_the_others_are() -> None:
    world = World().put("WAP01", failing("network-service")).blinded("WAP01", "retrievals", "", "system")

    assert found(RULE, world) == [(URL, ("WAP01",), ("network-service",), "critical")]
    assert untold(RULE, world) == [("WAP01", "system")]


def test_a_url_that_was_not_tried_can_not_be_judged() -> None:
    world = World().put("WAP01", failing("system", "UNKNOWN"))

    assert found(RULE, world) == []
    (unknown,) = judged(RULE, world).unknown
    assert (unknown.verdict.subject, unknown.verdict.context) == (URL, "system")


def test_a_url_with_quotes_can_not_break_out_of_the_command() -> None:
    url = "http://pki.contoso.com/'; Stop-Computer; '.crl"
    world = World().put("WAP01", retrieval(url, "system", outcome="REFUSED", named_by=(user(),)))

    commands = [r.command for f in judged(RULE, world).findings if f.subject == url for r in f.remedy]
    assert any("'http://pki.contoso.com/''; Stop-Computer; ''.crl'" in command for command in commands)


@pytest.mark.parametrize(("responder", "code"), [("OK", "crl.mirror-unreachable"), ("REFUSED", "crl.unreachable")])
def test_what_the_tenant_names_weighs_the_same_on_servers_that_do_not_ask_it(responder: str, code: str) -> None:
    held = user()
    world = World()
    for name, contexts in CONTEXTS.items():
        asks_tenant = name == "STS01"
        for context in contexts:
            named_by = (held, ISSUING) if asks_tenant else (held,)
            world.put(name, failing(context, "TRUNCATED", url=ISSUING_URL, named_by=named_by))
            good = {"ocsp": facts_pb2.OcspSummary(certificate_status=facts_pb2.OCSP_CERTIFICATE_STATUS_GOOD)}
            world.put(name, retrieval(OCSP, context, purpose="ocsp", outcome=responder, named_by=(held,), **good))

    said = evaluate(world.farm(), [RULE, mirror_unreachable.RULE]).findings
    everywhere = ("adfs-service", "network-service", "system")
    assert [(f.rule.code, f.servers, f.contexts) for f in said] == [(code, ("STS01", "WAP01"), everywhere)]


def test_the_url_of_a_ca_that_only_the_tenant_names_has_no_other_way() -> None:
    world = World().put("STS01", failing("system", "TRUNCATED", url=ISSUING_URL, named_by=(ISSUING,)))

    assert found(RULE, world) == [(ISSUING_URL, ("STS01",), ("system",), "critical")]


def test_a_url_that_others_name_too_is_the_tenants_on_every_server() -> None:
    """A CA that the tenant does not name shares its URL with one that it names."""
    other = make("Other CA", ROOT)
    world = World().put_all(stored("CA", other))
    for name in ("STS01", "WAP01"):
        world.put(name, failing("system", "TRUNCATED", url=ISSUING_URL, named_by=(other,)))

    assert found(RULE, world) == [(ISSUING_URL, ("STS01", "WAP01"), ("system",), "critical")]
