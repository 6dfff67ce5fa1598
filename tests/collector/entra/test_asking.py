"""A run against the service: what comes of each answer, and what of each way to fail."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from farmsight_collector.entra import graph, recording, web
from farmsight_collector.entra.run import Ran, Runner
from farmsight_wire.v1 import facts_pb2
from tests.collector.entra.conftest import ended_in
from tests.fakes.certificates import certificate
from tests.fakes.graph_service import (
    CLASSIC,
    CONTAINERS,
    POLICY,
    ROLLOUTS,
    TENANT,
    GraphService,
    answers,
    authority,
    cut,
    detail,
    drips,
    elsewhere,
    fails,
    throttled,
    x509_policy,
)

Make = Callable[..., Runner]


def outcomes(runner: Runner, ran: Ran) -> dict[str, tuple[str, str]]:
    reports, _ = recording.reports_of(runner.registration, ran)
    return {one.part: (one.outcome, one.reason) for one in recording.said(reports)}


def facts(runner: Runner, ran: Ran, part: str) -> dict[str, facts_pb2.Fact]:
    reports, _ = recording.reports_of(runner.registration, ran)
    return {entry.fact.key: entry.fact for one in reports if one.part == part for entry in one.facts}


def test_a_tenant_that_consented_to_all_gives_its_authorities_domains_and_policy(
    runner: Make, service: GraphService
) -> None:
    service.consented.add("Directory.ReadWrite.All")
    service.rollouts = [
        {"id": "r1", "displayName": "Pilot", "feature": "certificateBasedAuthentication", "isEnabled": True,
         "isAppliedToOrganization": False},
        {"id": "r2", "feature": "passthroughAuthentication", "isEnabled": True},
    ]  # fmt: skip
    here = runner()
    ran = here.run()

    assert set(outcomes(here, ran).values()) == {("observed", "")}
    held = [one.entra_authority for one in facts(here, ran, "authorities").values()]
    assert {(one.crl_url, one.delta_crl_url, one.entra_store) for one in held} == {
        ("http://pki.contoso.com/root.crl", "", facts_pb2.ENTRA_STORE_CLASSIC),
        ("http://pki.contoso.com/ca1.crl", "http://pki.contoso.com/ca1+.crl", facts_pb2.ENTRA_STORE_CLASSIC),
        ("http://pki.contoso.com/ca2.crl", "", facts_pb2.ENTRA_STORE_PKI),
    }
    domains = facts(here, ran, "domains")
    assert domains["contoso.com"].entra_domain.prompt_login == facts_pb2.PROMPT_LOGIN_NATIVE
    assert domains["contoso.onmicrosoft.com"].entra_domain.authentication_type == "Managed"
    assert facts(here, ran, "certificate-policy")["-"].entra_certificate_policy.enabled == facts_pb2.TRISTATE_NO
    assert facts(here, ran, "pki-store")["-"].entra_pki_store.authorities == 1
    assert facts(here, ran, "rollouts").keys() == {"r1"}  # the other one is of passwords
    assert not any("POST" in line and "/v1.0" in line for line in service.asked)


@pytest.mark.parametrize(
    ("permission", "blind"),
    [
        ("Organization.Read.All", {"authorities"}),
        ("PublicKeyInfrastructure.Read.All", {"pki-store"}),
        ("Domain.Read.All", {"domains"}),
        ("Policy.Read.All", {"certificate-policy"}),
        ("Directory.ReadWrite.All", {"rollouts"}),
    ],
)
def test_a_permission_that_is_missing_blinds_its_own_part_and_no_other(
    runner: Make, service: GraphService, permission: str, blind: set[str]
) -> None:
    service.consented.add("Directory.ReadWrite.All")
    service.consented.remove(permission)
    here = runner()
    ran = here.run()

    said = outcomes(here, ran)
    assert {part for part, (outcome, _) in said.items() if outcome != "observed"} == blind
    assert {said[part] for part in blind} == {("denied", "denied")}
    told = {one.resource.permission for one in ran.asked.given if one.code == "Authorization_RequestDenied"}
    assert all(one.startswith(permission) for one in told)


def test_the_classic_list_is_known_though_the_newer_store_is_denied(runner: Make, service: GraphService) -> None:
    service.consented.remove("PublicKeyInfrastructure.Read.All")
    here = runner()
    held = facts(here, here.run(), "authorities")
    assert {one.entra_authority.entra_store for one in held.values()} == {facts_pb2.ENTRA_STORE_CLASSIC}


def test_all_pages_are_followed_in_both_stores_and_of_domains(runner: Make, service: GraphService) -> None:
    service.page = 7
    many = [certificate(f"CA {number}") for number in range(30)]
    service.containers = {f"pki-{n}": [detail(one, root=False, crl=None) for one in many[n::3]] for n in range(3)}
    for number in range(40):
        service.add_domain(f"d{number}.contoso.com", "Managed")
    here = runner()
    ran = here.run()

    assert len(facts(here, ran, "domains")) == 42
    store = facts(here, ran, "pki-store")["-"].entra_pki_store
    assert (store.containers, store.authorities) == (3, 30)
    assert service.count("$top=999") >= 3


@pytest.mark.parametrize(
    "after", ["1", format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)], ids=["seconds", "date"]
)
def test_the_time_that_a_throttled_service_asks_for_is_waited(runner: Make, service: GraphService, after: str) -> None:
    service.fault(f"/v1.0{POLICY}", throttled(after))
    here, began = runner(), time.monotonic()
    ran = here.run()

    assert outcomes(here, ran)["certificate-policy"] == ("observed", "")
    assert service.count(POLICY) == 2
    assert after != "1" or time.monotonic() - began >= 1


def test_a_service_that_asks_for_hours_is_left_alone_and_the_part_is_unavailable(
    runner: Make, service: GraphService
) -> None:
    service.fault(f"/v1.0{POLICY}", throttled("7200"))
    here = runner()
    ran = here.run()

    assert outcomes(here, ran)["certificate-policy"] == ("unavailable", "graph-unavailable")
    assert outcomes(here, ran)["authorities"] == ("observed", "")
    assert service.count(POLICY) == 1
    assert ran.wait_s == 7200


def test_a_service_that_throttles_without_end_is_unavailable(runner: Make, service: GraphService) -> None:
    service.fault(f"/v1.0{POLICY}", *[throttled("0")] * 20)
    here = runner()
    assert outcomes(here, here.run())["certificate-policy"] == ("unavailable", "throttled")
    assert service.count(POLICY) == graph.TRIES


def test_an_error_of_the_service_that_passes_is_tried_again(runner: Make, service: GraphService) -> None:
    service.fault(f"/v1.0{CLASSIC}", fails(503), fails(500))
    here = runner()
    assert outcomes(here, here.run())["authorities"] == ("observed", "")


def test_an_error_of_the_service_that_stays_leaves_the_part_unavailable(runner: Make, service: GraphService) -> None:
    service.fault(f"/v1.0{CLASSIC}", *[fails(503)] * 20)
    here = runner()
    ran = here.run()
    assert outcomes(here, ran)["authorities"] == ("unavailable", "graph-unavailable")
    assert outcomes(here, ran)["domains"] == ("observed", "")


def test_a_token_that_runs_out_within_a_run_is_replaced_once_and_nothing_is_lost(
    runner: Make, service: GraphService
) -> None:
    def out(handler: object) -> None:
        service.expire_tokens()
        handler.error(401, "InvalidAuthenticationToken", "expired")  # type: ignore[attr-defined]

    service.fault("/v1.0/domains", out)
    here = runner()
    ran = here.run()

    assert outcomes(here, ran)["domains"] == ("observed", "")
    assert service.count("/oauth2/v2.0/token") == 2


def test_a_token_that_is_refused_again_and_again_is_denied_and_not_asked_for_without_end(
    runner: Make, service: GraphService
) -> None:
    service.token_s = -10  # as where the service's own clocks disagree
    here = runner()
    ran = here.run()
    assert outcomes(here, ran)["domains"][0] == "denied"
    assert service.count("/oauth2/v2.0/token") <= 20


def test_the_token_of_one_run_serves_the_next(runner: Make, service: GraphService) -> None:
    here = runner()
    here.run()
    here.run()
    assert service.count("/oauth2/v2.0/token") == 1


def test_a_certificate_that_the_application_does_not_have_is_a_refusal_of_every_part(
    runner: Make, service: GraphService
) -> None:
    here = runner()
    service.certificates = []
    ran = here.run()

    assert set(outcomes(here, ran).values()) == {("denied", "token-refused")}
    assert "AADSTS700027" in ran.asked.given[0].message
    assert service.count("/oauth2/v2.0/token") == 1  # asked once, not for each resource


def test_a_clock_that_is_wrong_is_named_where_the_token_is_refused_for_it(runner: Make, service: GraphService) -> None:
    service.clock_ahead_s = 7200
    here = runner()
    ran = here.run()
    message = ran.asked.given[0].message
    assert "AADSTS700024" in message
    assert "behind the token service's" in message


def test_a_secret_is_as_good_and_a_wrong_one_is_not_repeated_to_anybody(
    runner: Make, service: GraphService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    here = runner("secret")
    assert outcomes(here, here.run())["authorities"] == ("observed", "")
    assert "never~printed" not in caplog.text
    assert not any(token in caplog.text for token in service.tokens)


def test_a_tenant_that_is_not_there_is_a_refusal_with_the_services_words(runner: Make) -> None:
    here = runner(tenant="11111111-2222-3333-4444-555555555555")
    ran = here.run()
    assert set(outcomes(here, ran).values()) == {("denied", "token-refused")}


def test_the_tenants_id_is_looked_up_where_a_domain_was_given(runner: Make, service: GraphService) -> None:
    here = runner(tenant="contoso.com")
    assert outcomes(here, here.run())["authorities"] == ("observed", "")
    assert service.count("GET /v1.0/organization?") == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (answers(b'{"value": ['), ("failed", "graph-error")),
        (answers(b"<html>sign in to the proxy</html>"), ("failed", "graph-error")),
        (answers(b"[" * 100_000), ("failed", "graph-error")),
        (answers(b'{"value": ' + b"[" * 200 + b"]" * 200 + b"}"), ("failed", "graph-error")),
        (answers(b'{"value": [' + b"{}," * 250_000 + b"{}]}"), ("failed", "graph-error")),
        (answers(b"[]"), ("failed", "graph-error")),
        (answers(b'{"value": {}}'), ("failed", "graph-error")),
        (answers(b"\xff\xfe\x00"), ("failed", "graph-error")),
        (cut, ("unavailable", "graph-unavailable")),
        (elsewhere("https://localhost:1/v1.0/domains"), ("failed", "graph-error")),
        (answers(b" " * (17 << 20)), ("failed", "graph-error")),
        (answers(b'{"value": [], "@odata.nextLink": "https://elsewhere.example/v1.0/x"}'), ("failed", "graph-error")),
        (answers(b'{"value": [], "@odata.nextLink": "http://localhost/v1.0/x"}'), ("failed", "graph-error")),
    ],
    ids=[
        "broken",
        "html",
        "deep",
        "nested",
        "many",
        "a list",
        "no list",
        "no text",
        "cut",
        "redirect",
        "huge",
        "elsewhere",
        "http",
    ],
)
def test_an_answer_that_is_none_fails_its_part_alone(
    runner: Make, service: GraphService, fault: Callable[[object], None], expected: tuple[str, str]
) -> None:
    service.fault("/v1.0/domains", fault)
    here = runner()
    ran = here.run()
    said = outcomes(here, ran)
    assert said["domains"] == expected
    assert said["authorities"] == ("observed", "")
    assert all("elsewhere" not in line for line in service.asked)


def test_pages_that_go_in_a_circle_are_left(runner: Make, service: GraphService) -> None:
    link = f'{{"value": [], "@odata.nextLink": "{service.url}/v1.0/domains?circle"}}'.encode()
    service.fault("/v1.0/domains", *[answers(link)] * 10)
    here = runner()
    assert outcomes(here, here.run())["domains"] == ("failed", "graph-error")
    assert service.count("circle") == 1


def test_a_slow_service_takes_no_longer_than_a_run_may(runner: Make, service: GraphService) -> None:
    service.fault("/v1.0/domains", drips(20))
    here, began = runner(seconds=2.0), time.monotonic()
    ran = here.run()
    assert time.monotonic() - began < 6
    assert outcomes(here, ran)["domains"] == ("timed_out", "graph-timed-out")
    assert outcomes(here, ran)["authorities"] == ("observed", "")  # was asked before


def test_a_run_that_is_ended_ends_at_once_and_says_so(runner: Make, service: GraphService) -> None:
    service.fault(f"/v1.0{CLASSIC}", throttled("20"))
    here, began = runner(), time.monotonic()
    ended_in(0.5, here)
    ran = here.run()
    assert time.monotonic() - began < 5
    assert set(outcomes(here, ran).values()) == {("unavailable", "graph-unavailable")}


def test_a_service_whose_certificate_is_of_no_trusted_authority_is_asked_nothing(
    runner: Make, service: GraphService
) -> None:
    here = runner(ca_file="")
    ran = here.run()
    assert set(outcomes(here, ran).values()) == {("unavailable", "graph-unavailable")}
    assert "CERTIFICATE_VERIFY_FAILED" in ran.asked.given[0].message
    assert service.asked == []


def test_nobody_there_is_unavailable(runner: Make) -> None:
    here = runner(graph_url="https://localhost:9", authority_url="https://localhost:9")
    assert set(outcomes(here, here.run()).values()) == {("unavailable", "graph-unavailable")}


def test_a_tenant_without_a_newer_store_is_one_to_which_it_does_not_apply(runner: Make, service: GraphService) -> None:
    text = b'{"error": {"code": "BadRequest", "message": "Resource not found for the segment publicKeyInfra."}}'
    service.fault(f"/v1.0{CONTAINERS}", answers(text, 400))
    here = runner()
    assert outcomes(here, here.run())["pki-store"] == ("not_applicable", "not-in-this-tenant")


def test_a_classic_list_that_is_not_found_is_not_taken_for_an_empty_one(runner: Make, service: GraphService) -> None:
    service.fault(f"/v1.0{CLASSIC}", answers(b'{"error": {"code": "Request_ResourceNotFound", "message": "no"}}', 404))
    here = runner()
    assert outcomes(here, here.run())["authorities"] == ("failed", "graph-error")


def test_an_empty_classic_list_is_known_to_be_empty(runner: Make, service: GraphService) -> None:
    service.authorities, service.containers = [], {}
    here = runner()
    ran = here.run()
    assert outcomes(here, ran)["authorities"] == ("observed", "")
    assert facts(here, ran, "authorities") == {}


def test_a_federated_domain_whose_settings_are_not_found_is_known_without_them(
    runner: Make, service: GraphService
) -> None:
    service.add_domain("child.contoso.com")
    del service.federations["child.contoso.com"]
    here = runner()
    held = facts(here, here.run(), "domains")["child.contoso.com"].entra_domain
    assert (held.authentication_type, held.issuer_uri) == ("Federated", "")


def test_a_hostile_domain_name_stays_one_name_in_the_path(runner: Make, service: GraphService) -> None:
    service.add_domain("../organization?x=/")
    here = runner()
    here.run()
    assert not any("/v1.0/organization?x" in line for line in service.asked)


def test_a_policy_that_requires_crls_is_told(runner: Make, service: GraphService) -> None:
    service.policy = x509_policy("enabled", crl="enabled")
    here = runner()
    held = facts(here, here.run(), "certificate-policy")["-"].entra_certificate_policy
    assert (held.enabled, held.crl_validation_required) == (facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_YES)
    assert list(held.included) == ["all_users"]


def test_staged_rollout_is_unknown_without_a_permission_that_nobody_should_give(runner: Make) -> None:
    here = runner()
    assert outcomes(here, here.run())["rollouts"] == ("denied", "denied")


def test_no_netrc_is_read_for_the_service(
    runner: Make, service: GraphService, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = tmp_path / "netrc"  # type: ignore[operator]
    netrc.write_text("machine localhost login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    here = runner()
    assert outcomes(here, here.run())["domains"] == ("observed", "")


def test_bytes_of_a_run_are_bounded_over_all_answers(
    runner: Make, service: GraphService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "ANSWER_BYTES", 1 << 20)
    many = [authority(certificate(f"CA {number}"), root=False, crl=None) for number in range(3000)]
    service.authorities = many
    here = runner()
    ran = here.run()
    assert outcomes(here, ran)["authorities"] == ("failed", "graph-error")
    assert outcomes(here, ran)["domains"] == ("observed", "")


def test_rollouts_are_asked_for_all_the_same(runner: Make, service: GraphService) -> None:
    here = runner()
    here.run()
    assert service.count(ROLLOUTS) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_token_service_that_is_busy_refuses_nobody(runner: Make, service: GraphService, status: int) -> None:
    service.fault(f"/{TENANT}/oauth2/v2.0/token", *[fails(status)] * 10)
    here = runner()
    assert set(outcomes(here, here.run()).values()) == {("unavailable", "graph-unavailable")}
