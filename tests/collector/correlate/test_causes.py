"""One planted fault is one cause with its symptoms under it; two faults stay two."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.correlate.causes import fold
from farmsight_collector.model.view import Farm
from farmsight_collector.rules import adfs, agent, claim, client, entra, http, lb, tls, wap
from farmsight_collector.rules import farm as farm_theme
from farmsight_collector.rules.engine import Evaluation, evaluate
from farmsight_collector.rules.rule import Holds, Rule, Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import (
    ADDRESSES,
    OTHER_SSL,
    Plan,
    binding,
    endpoint,
    endpoint_key,
    healthy,
    service,
)
from tests.fakes.farms import FARM, fact, farm, server

THEMES = (http, tls, adfs, farm_theme, wap, claim, entra, client, lb, agent)
RULES = tuple(rule for theme in THEMES for rule in theme.RULES)
PATH = "/adfs/services/trust/2005/certificatetransport"


def folded(plan: Plan) -> Evaluation:
    return fold(evaluate(plan.farm(), RULES))


def tops(evaluation: Evaluation) -> list[str]:
    return [finding.rule.code for finding in evaluation.findings if finding.caused_by is None]


def refuse(plan: Plan, name: str) -> None:
    shut = pb.TlsEndpoint(name=FARM, port=49443, path=PATH, address=ADDRESSES[name], tcp=pb.TCP_OUTCOME_REFUSED)
    plan.put("OUT01", endpoint_key(shut), shut)


def stop_wap(plan: Plan, name: str) -> None:
    plan.put(name, "adfssrv", service("adfssrv", pb.SERVICE_STATE_STOPPED))
    plan.drop(name, "listener", "0.0.0.0:49443")
    plan.edit(name, "wap-configuration", "-", health_state="Error")
    refuse(plan, name)


def test_a_stopped_service_explains_all_that_follows_from_it():
    plan = healthy()
    stop_wap(plan, "WAP02")
    found = folded(plan)
    assert tops(found) == ["wap.service-stopped"]
    assert {f.rule.code for f in found.findings} > {"http.nothing-listens", "client.port-unreachable", "wap.health"}
    top = next(f for f in found.findings if f.caused_by is None)
    assert set(top.cause_of) == {f.id for f in found.findings if f.caused_by == top.id}


def test_a_missing_reservation_is_the_cause_of_a_port_that_nobody_opens():
    plan = healthy()
    plan.drop("WAP01", "url-reservation", "https://+:49443/adfs/")
    plan.drop("WAP01", "listener", "0.0.0.0:49443")
    refuse(plan, "WAP01")
    assert tops(folded(plan)) == ["http.reservation-missing"]


def test_two_faults_on_two_servers_are_two_causes():
    plan = healthy()
    stop_wap(plan, "WAP02")
    plan.drop("STS01", "tls-binding", f"{FARM}:49443")
    assert sorted(tops(folded(plan))) == ["http.binding-missing", "wap.service-stopped"]


def test_a_symptom_on_more_servers_than_its_cause_stands_alone():
    plan = healthy()
    stop_wap(plan, "WAP02")
    refuse(plan, "WAP01")  # a firewall: nothing on WAP01 itself explains it
    found = tops(folded(plan))
    assert "client.port-unreachable" in found
    assert "wap.service-stopped" in found


def test_a_stopped_node_explains_that_its_proxies_do_not_reach_it():
    plan = healthy()
    plan.put("STS01", "adfssrv", service("adfssrv", pb.SERVICE_STATE_STOPPED))
    for name in ("WAP01", "WAP02"):
        shut = pb.TlsEndpoint(name=FARM, port=443, path="/adfs/probe", address=ADDRESSES["STS01"],
                              tcp=pb.TCP_OUTCOME_REFUSED)  # fmt: skip
        plan.put(name, endpoint_key(shut), shut)
    assert tops(folded(plan)) == ["adfs.service-stopped"]
    plan.put("STS01", "adfssrv", service("adfssrv"))
    plan.put("STS02", "adfssrv", service("adfssrv", pb.SERVICE_STATE_STOPPED))
    assert sorted(tops(folded(plan))) == ["adfs.service-stopped", "wap.farm-unreachable"]


def test_a_binding_that_does_not_ask_explains_what_is_seen_outside():
    plan = healthy()
    plan.edit("WAP01", "tls-binding", f"{FARM}:49443", negotiate_client_certificate=False)
    seen = endpoint(FARM, 49443, ADDRESSES["WAP01"], path=PATH, asks=False)
    plan.put("OUT01", endpoint_key(seen), seen)
    assert tops(folded(plan)) == ["http.negotiate-off"]


def test_a_slip_in_one_trust_does_not_explain_a_gap_in_the_other():
    plan = healthy()
    rules = 'c:[Type == "https://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"] => issue(claim = c);'
    plan.edit("STS01", "adfs-trust", "urn:federation:MicrosoftOnline", issuance_transform_rules=rules)
    plan.edit("STS01", "adfs-trust", "AD AUTHORITY", acceptance_transform_rules="")
    found = folded(plan)
    assert set(tops(found)) == {"claim.uri-wrong", "claim.provider-serial-missing", "claim.provider-issuer-missing"}


def test_the_order_of_findings_does_not_matter():
    plan = healthy()
    stop_wap(plan, "WAP02")
    plan.put("STS01", "localhost:443", binding("localhost", 443, OTHER_SSL))
    plain = evaluate(plan.farm(), RULES)
    expected = {f.id: f.caused_by for f in fold(plain).findings}
    for order in itertools.islice(itertools.permutations(plain.findings), 24):
        again = fold(replace(plain, findings=order))
        assert {f.id: f.caused_by for f in again.findings} == expected


CODES = "abcdef"


def made(code: str, explains: tuple[str, ...], servers: tuple[str, ...], severity: Severity) -> Rule:
    def check(_farm: Farm):
        yield Holds(subject=code, servers=servers, title=code)

    return Rule(code=f"x.{code}", catalogue=("COL-01",), severity=severity, roles=frozenset(), reads=(), what="",
                why="", remedy="", source="", explains=tuple(f"x.{e}" for e in explains), on_farm=check)  # fmt: skip


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.CRITICAL])
def test_even_rules_that_explain_each_other_make_no_circle(severity):
    rules = (made("a", ("b",), ("S",), severity), made("b", ("a",), ("S",), Severity.ERROR))
    found = fold(evaluate(farm(server("S", "adfs")), rules)).findings
    assert sum(f.caused_by is None for f in found) == 1


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(CODES), max_size=4, unique=True),
            st.lists(st.sampled_from(["S1", "S2"]), max_size=2, unique=True),
            st.sampled_from(list(Severity)),
        ),
        min_size=1,
        max_size=len(CODES),
    )
)
def test_every_symptom_has_one_cause_and_every_chain_an_end(specs):
    rules = [made(c, tuple(e), tuple(s), v) for c, (e, s, v) in zip(CODES, specs, strict=False)]
    found = fold(evaluate(farm(server("S1", "adfs")), rules)).findings
    by_id = {f.id: f for f in found}
    for finding in found:
        seen, at = set(), finding
        while at.caused_by is not None:
            assert at.id not in seen
            seen.add(at.id)
            assert at.id in by_id[at.caused_by].cause_of
            at = by_id[at.caused_by]


@pytest.mark.parametrize(
    ("about", "under"),
    [
        ("sts.contoso.com", True),
        ("STS.contoso.com", True),
        ("certauth.sts.contoso.com", True),
        ("pki.contoso.com", False),
        ("WAP01", True),  # not a host's name as clients ask for it
    ],
)
def test_what_keeps_one_host_away_explains_nothing_of_another(about, under):
    cause = made("sts.contoso.com", ("symptom",), ("WAP01",), Severity.ERROR)
    symptom = made("symptom", (), ("WAP01",), Severity.WARNING)

    def check(_farm: Farm):
        yield Holds(subject=about, servers=("WAP01",), title="symptom")

    rules = (cause, replace(symptom, on_farm=check))
    found = {f.rule.code: f for f in fold(evaluate(farm(server("WAP01", "wap")), rules)).findings}
    assert bool(found["x.symptom"].caused_by) is under


@pytest.mark.parametrize(("whose", "under"), [("CN=Alice", True), ("CN=Issuing", False)])
def test_a_missing_ca_explains_the_revocation_of_those_below_it_and_not_its_own(whose, under):
    """What keeps the CA's own certificate from being checked lies above it."""

    def said(code: str, subject: str, explains: tuple[str, ...] = ()) -> Rule:
        def check(_farm: Farm):
            yield Holds(subject=subject, servers=("WAP01",), title=code)

        return Rule(code=code, catalogue=("CRL-01",), severity=Severity.ERROR, roles=frozenset(), reads=(), what="",
                    why="", remedy="", source="", explains=explains, on_farm=check)  # fmt: skip

    offline = "chain.revocation-offline"
    rules = (said("store.issuing-ca-missing", "CN=Issuing", (offline,)), said(offline, whose))
    found = {f.rule.code: f for f in fold(evaluate(farm(server("WAP01", "wap")), rules)).findings}
    assert bool(found[offline].caused_by) is under


def test_what_is_wrong_on_one_side_accounts_for_a_difference_between_two():
    held = server("WAP02", "wap", fact(pb.ProxySetting(proxy="p:1"), "winhttp", "system")).facts["proxy-setting"]

    def said(code: str, *servers: str, explains: tuple[str, ...] = ()) -> Rule:
        def check(_farm: Farm):
            yield Holds(subject=f"as {code}", servers=servers, title=code, evidence=held)

        return Rule(code=code, catalogue=("NET-02",), severity=Severity.ERROR, roles=frozenset(), reads=(), what="",
                    why="", remedy="", source="", explains=explains, on_farm=check)  # fmt: skip

    for symptom, under in (("network.proxy-differs", True), ("x.other", False)):
        rules = (said("network.proxy-without-bypass", "WAP02", explains=(symptom,)), said(symptom, "WAP01", "WAP02"))
        found = {f.rule.code: f for f in fold(evaluate(farm(server("WAP02", "wap")), rules)).findings}
        assert bool(found[symptom].caused_by) is under


def test_causes_are_told_before_symptoms_and_weigh_what_they_bring_about():
    rules = (
        made("a", (), ("S1",), Severity.ERROR),
        made("b", ("c",), ("S1",), Severity.WARNING),
        made("c", (), ("S1",), Severity.CRITICAL),
        made("d", (), ("S1", "S2"), Severity.ERROR),
        made("e", (), (), Severity.ERROR),
    )
    found = fold(evaluate(farm(server("S1", "adfs"), server("S2", "adfs")), rules)).findings
    assert [one.rule.code for one in found] == ["x.b", "x.e", "x.d", "x.a", "x.c"]


@pytest.mark.parametrize(("named_by", "under"), [("aa", True), ("dd", False), ("", True)])
def test_a_list_that_no_certificate_of_a_chain_names_says_nothing_of_its_revocation(named_by, under):
    url = "http://pki.contoso.com/ca1.crl"
    got = pb.Retrieval(url=url, named_by=[named_by] if named_by else [])
    certificates = [pb.CertificateSummary(sha1=one) for one in ("aa", "bb")]
    judged = pb.ChainVerdict(elements=[pb.ChainElement(certificate=one) for one in certificates])
    wap = server("WAP01", "wap", fact(got, f"crl {url}", "system"), fact(judged, "aa", "system"))

    def said(code: str, kind: str, explains: tuple[str, ...] = ()) -> Rule:
        def check(seen: Farm):
            evidence = seen.servers[0].facts[kind]
            yield Holds(subject=f"as {code}", servers=("WAP01",), title=code, evidence=evidence)

        return Rule(code=code, catalogue=("CRL-01",), severity=Severity.ERROR, roles=frozenset(), reads=(), what="",
                    why="", remedy="", source="", explains=explains, on_farm=check)  # fmt: skip

    symptom = "chain.revocation-offline"
    rules = (said("crl.expired", "retrieval", (symptom,)), said(symptom, "chain-verdict"))
    found = {f.rule.code: f for f in fold(evaluate(farm(wap), rules)).findings}
    assert bool(found[symptom].caused_by) is under
