"""What stands before the servers, where they listen, how they ask, and how the proxy hands on."""

from datetime import timedelta

import pytest

from farmsight_wire.v1 import facts_pb2 as pb
from tests.collector.signin.scenes import INSIDE, NOW, OUTSIDE, farm, hop, said, traced
from tests.fakes import adfs_farms
from tests.fakes.adfs_farms import CERTAUTH, ISSUING, NO, OTHER_SSL, ROOT, SSL, TRUST, endpoint, endpoint_key
from tests.fakes.farms import FARM

CLIENT = f"{FARM}:49443"
SSL_SHA1, TRUST_SHA1 = adfs_farms.sha1(SSL), adfs_farms.sha1(TRUST)


def vip(plan, address=OUTSIDE, who="OUT01", **changed):
    """Put what an observer met on the client port at a load balancer."""
    seen = endpoint(FARM, 49443, address, **{"asks": True, "path": "/adfs/x", **changed})
    plan.put(who, endpoint_key(seen), seen)
    return plan


def blind(plan, *names):
    """Let nobody have looked over the wire."""
    for name in names:
        plan.drop(name, "tls-endpoint")
    return plan


def unseen(plan):
    """Let no one but the servers themselves tell of their port."""
    return blind(plan, "OUT01", "STS01", "STS02", "WAP01", "WAP02")


# --- name-resolution


def test_names_that_lead_to_the_load_balancers_pass_on_both_sides() -> None:
    trace = traced(farm())

    assert said(trace, "name-resolution", path="extranet") == "passes"
    assert said(trace, "name-resolution", path="intranet") == "passes"


def test_a_certauth_name_without_an_address_fails_outside() -> None:
    plan = farm("alternate")
    for resolution in plan.get("OUT01", "host", "OUT01").resolutions:
        if resolution.name == CERTAUTH:
            resolution.ClearField("addresses")
            resolution.outcome = pb.RESOLUTION_OUTCOME_NO_SUCH_NAME

    found = hop(traced(plan), "name-resolution", path="extranet")

    assert (found.verdict.value, found.catalogue) == ("fails", ("NET-11",))
    assert said(traced(plan), "name-resolution", path="intranet") == "passes"


def test_without_a_vantage_point_nobody_knows_where_the_name_leads_outside() -> None:
    plan = farm()
    plan.remove("OUT01")
    trace = traced(plan)

    assert said(trace, "name-resolution", path="extranet") == "unknown"
    assert said(trace, "load-balancer", path="extranet") == "unknown"
    assert trace.verdict.value == "unknown"
    assert "vantage" in trace.answer


def test_a_hosts_file_on_a_node_says_nothing_of_what_clients_inside_resolve() -> None:
    plan = farm()
    for name in ("STS01", "STS02"):
        for resolution in plan.get(name, "host", name).resolutions:
            resolution.from_hosts_file = True

    assert said(traced(plan), "name-resolution", path="intranet") == "unknown"


# --- load-balancer


@pytest.mark.parametrize(
    ("changed", "verdict", "entry"),
    [
        ({}, "passes", ""),
        ({"tcp": pb.TCP_OUTCOME_TIMED_OUT}, "fails", "LB-03"),
        ({"der": OTHER_SSL}, "fails", "LB-01"),
        ({"asks": False}, "fails", "LB-01"),
    ],
    ids=["passed on", "443 only", "TLS ended", "nothing asked"],
)
def test_the_load_balancer_passes_the_port_and_tls_on(changed, verdict, entry) -> None:
    plan = vip(farm(), **changed)

    found = hop(traced(plan), "load-balancer", path="extranet")

    assert found.verdict.value == verdict
    assert not entry or entry in found.catalogue


def test_no_certificate_asked_behind_a_load_balancer_is_open_while_a_server_itself_does_not_ask() -> None:
    plan = vip(farm(), asks=False)
    plan.edit("WAP02", "tls-binding", CLIENT, negotiate_client_certificate=False)

    assert said(traced(plan), "load-balancer", path="extranet") == "unknown"


def test_a_name_that_leads_straight_to_the_servers_needs_no_load_balancer() -> None:
    assert said(traced(adfs_farms.healthy()), "load-balancer", path="extranet") == "passes"


# --- port


def test_a_server_that_outsiders_reach_on_its_port_passes() -> None:
    assert said(traced(farm()), "port", "WAP01") == "passes"


def test_a_proxy_whose_port_does_not_take_connections_fails_for_its_pairs_alone() -> None:
    plan = vip(farm(), adfs_farms.ADDRESSES["WAP02"], tcp=pb.TCP_OUTCOME_REFUSED)
    plan.drop("OUT01", "tls-endpoint", f"{CLIENT}/adfs/services/trust/2005/certificatetransport@10.1.0.22")
    trace = traced(plan)

    assert said(trace, "port", "WAP02") == "fails"
    assert [path.verdict.value for path in trace.paths if path.via[0] == "WAP02"] == ["fails", "fails"]
    assert [path.verdict.value for path in trace.paths if path.via[0] == "WAP01"] == ["passes", "passes"]


@pytest.mark.parametrize(
    ("change", "verdict", "why"),
    [
        (lambda plan: None, "passes", "listens on port 49443"),
        (lambda plan: plan.drop("WAP01", "listener", "0.0.0.0:49443"), "fails", "does not listen on port 49443"),
        (lambda plan: plan.lose("WAP01", "listener"), "unknown", "listeners of WAP01"),
        (
            lambda plan: plan.drop("WAP01", "url-reservation", "https://+:49443/adfs/"),
            "fails",
            "has no URL reservation for AD FS on port 49443",
        ),
        (lambda plan: plan.lose("WAP01", "url-reservation"), "unknown", "http-sys"),
        (lambda plan: plan.lose("WAP01", "url-registration"), "unknown", "but not known"),
    ],
    ids=["well", "nothing listens", "not known", "not reserved", "reservations not known", "registrations lost"],
)
def test_without_anybody_looking_the_servers_own_facts_decide(change, verdict, why) -> None:
    plan = unseen(farm())
    change(plan)

    found = hop(traced(plan, rules=False), "port", "WAP01")

    assert found.verdict.value == verdict
    assert why in found.why


def test_a_stopped_service_is_why_nothing_listens() -> None:
    plan = unseen(farm())
    plan.drop("STS02", "listener", "0.0.0.0:49443")
    plan.edit("STS02", "service", "adfssrv", state=pb.SERVICE_STATE_STOPPED)

    found = hop(traced(plan), "port", "STS02")

    assert found.why == "does not run the AD FS service, so nothing listens on port 49443"
    assert "adfs.service-stopped" in found.codes


def test_a_finding_that_names_the_server_decides_where_the_hops_facts_show_nothing() -> None:
    plan = farm()
    sids = adfs_farms.reservation("https://+:49443/adfs/", "S-1-5-21-9-9-9-9999")
    plan.put("WAP01", "https://+:49443/adfs/", sids)

    assert said(traced(plan, rules=False), "port", "WAP01") == "passes"
    found = hop(traced(plan), "port", "WAP01")
    assert (found.verdict.value, found.catalogue) == ("fails", ("HTTP-02",))
    assert found.codes == ("http.reservation-rights",)
    assert said(traced(plan), "port", "WAP02") == "passes"


# --- tls


@pytest.mark.parametrize(
    ("change", "verdict", "entry"),
    [
        (lambda plan: None, "passes", ""),
        (lambda plan: plan.drop("WAP01", "tls-binding", CLIENT), "fails", "HTTP-07"),
        (lambda plan: plan.lose("WAP01", "tls-binding"), "unknown", ""),
        (
            lambda plan: plan.edit("WAP01", "tls-binding", CLIENT, negotiate_client_certificate=False),
            "fails",
            "HTTP-16",
        ),
        (lambda plan: plan.edit("WAP01", "tls-binding", CLIENT, ctl_store="AdfsTrustedDevices"), "fails", "HTTP-14"),
        (lambda plan: plan.drop("WAP01", "store-certificate", f"MY/{SSL_SHA1}"), "fails", "HTTP-11"),
        (
            lambda plan: plan.edit("WAP01", "store-certificate", f"MY/{SSL_SHA1}", has_private_key=NO),
            "fails",
            "HTTP-11",
        ),
        (lambda plan: plan.lose("WAP01", "store-certificate", "MY"), "unknown", ""),
    ],
    ids=["well", "no binding", "not known", "not asked", "proxies' store", "no certificate", "no key", "store unknown"],
)
def test_the_binding_decides_where_no_handshake_was_seen(change, verdict, entry) -> None:
    plan = unseen(farm())
    change(plan)

    found = hop(traced(plan, rules=False), "tls", "WAP01")

    assert found.verdict.value == verdict
    assert found.catalogue == ((entry,) if entry else ())


def test_a_binding_of_the_servers_address_serves_as_well_as_one_by_name() -> None:
    plan = unseen(farm())
    for name, port in ((FARM, 49443), (FARM, 443)):
        plan.drop("STS01", "tls-binding", f"{name}:{port}")
        held = adfs_farms.binding("10.0.0.11", port)
        plan.put("STS01", f"10.0.0.11:{port}", held)
    trace = traced(plan, rules=False)

    assert said(trace, "tls", "STS01") == "passes"
    assert said(trace, "adfs-listens", "STS01") == "passes"


def test_a_bound_certificate_that_ended_fails() -> None:
    plan = unseen(farm())
    plan.at = NOW + timedelta(days=301)

    assert hop(traced(plan, rules=False), "tls", "WAP01").catalogue == ("HTTP-12",)


def test_a_handshake_that_is_broken_off_fails() -> None:
    plan = farm()
    key = f"{CLIENT}/adfs/services/trust/2005/certificatetransport@10.1.0.21"
    seen = plan.get("OUT01", "tls-endpoint", key)
    for shake in seen.handshakes:
        shake.outcome, shake.client_certificate = pb.TLS_OUTCOME_RESET, pb.CLIENT_CERTIFICATE_REQUEST_UNKNOWN

    trace = traced(plan)

    assert said(trace, "tls", "WAP01") == "fails"
    assert said(trace, "tls", "WAP02") == "passes"


def test_the_binding_of_certauth_is_what_counts_in_alternate_mode() -> None:
    plan = unseen(farm("alternate"))
    plan.drop("WAP01", "tls-binding", f"{CERTAUTH}:443")

    found = hop(traced(plan, rules=False), "tls", "WAP01")

    assert (found.verdict.value, found.catalogue) == ("fails", ("HTTP-08",))


# --- issuer-offered


def _listing(plan, *cas):
    key = f"{CLIENT}/adfs/services/trust/2005/certificatetransport@10.1.0.21"
    for shake in plan.get("OUT01", "tls-endpoint", key).handshakes:
        for der in cas:
            name = adfs_farms.x509.load_der_x509_certificate(der).subject
            shake.acceptable_cas.add(der=name.public_bytes(), text=name.rfc4514_string())
    return plan


@pytest.mark.parametrize(
    ("cas", "verdict"),
    [((), "passes"), ((ISSUING,), "passes"), ((ROOT,), "unknown"), ((SSL,), "fails"), ((SSL, ISSUING), "passes")],
    ids=["no list", "issuer", "root alone", "others alone", "among others"],
)
def test_the_issuer_must_be_on_the_list_that_the_server_sends(cas, verdict) -> None:
    assert said(traced(_listing(farm(), *cas), rules=False), "issuer-offered", "WAP01") == verdict


@pytest.mark.parametrize(
    ("store", "verdict"), [((ISSUING,), "passes"), ((ROOT,), "unknown"), ((SSL,), "fails"), ((), "passes")]
)
def test_where_nobody_looked_the_store_that_the_list_is_made_from_decides(store, verdict) -> None:
    plan = unseen(farm())
    plan.edit("WAP01", "tls-binding", CLIENT, ctl_store="ClientAuthIssuer")
    plan.states["WAP01", "certificate-stores", "ClientAuthIssuer", None] = "observed"
    for der in store:
        held = pb.StoreCertificate(store="ClientAuthIssuer", certificate=adfs_farms.summary(der))
        plan.put("WAP01", f"ClientAuthIssuer/{adfs_farms.sha1(der)}", held)

    assert said(traced(plan, rules=False), "issuer-offered", "WAP01") == verdict


def test_settings_that_nobody_read_leave_the_list_unknown() -> None:
    plan = unseen(farm())
    plan.lose("WAP01", "schannel-setting")

    assert said(traced(plan), "issuer-offered", "WAP01") == "unknown"


# --- forwarding


@pytest.mark.parametrize(
    ("change", "verdict", "entry"),
    [
        (lambda plan: None, "passes", ""),
        (lambda plan: plan.edit("WAP01", "service", "appproxysvc", state=pb.SERVICE_STATE_STOPPED), "fails", "WAP-01"),
        (lambda plan: plan.drop("WAP01", "service", "appproxysvc"), "unknown", ""),
        (lambda plan: plan.lose("WAP01", "service"), "unknown", ""),
        (
            lambda plan: plan.edit("WAP01", "wap-configuration", "-", federation_service_name="sts.old.com"),
            "fails",
            "WAP-07",
        ),
        (lambda plan: plan.lose("WAP01", "wap-configuration"), "unknown", ""),
        (lambda plan: plan.lose("WAP01", "wap-trust-certificate"), "unknown", ""),
        (lambda plan: plan.drop("WAP01", "wap-trust-certificate"), "unknown", ""),
        (
            lambda plan: plan.drop(("STS01", "STS02"), "store-certificate", f"AdfsTrustedDevices/{TRUST_SHA1}"),
            "fails",
            "WAP-02",
        ),
        (
            lambda plan: plan.drop("STS01", "store-certificate", f"AdfsTrustedDevices/{TRUST_SHA1}"),
            "fails",
            "STORE-14",
        ),
        (lambda plan: plan.lose("STS01", "store-certificate", "AdfsTrustedDevices"), "unknown", ""),
    ],
    ids=["well", "stopped", "not listed", "services unknown", "other farm", "configuration unknown", "trust unknown",
         "no trust shown", "nobody trusts", "one node does not", "store unknown"],
)  # fmt: skip
def test_a_proxy_forwards_by_its_services_its_name_and_its_trust(change, verdict, entry) -> None:
    plan = farm()
    change(plan)

    found = hop(traced(plan, rules=False), "forwarding", "WAP01")

    assert found.verdict.value == verdict
    assert found.catalogue == ((entry,) if entry else ())


def test_a_node_that_lost_the_proxies_certificates_fails_the_pairs_with_it_alone() -> None:
    plan = farm()
    plan.drop("STS02", "store-certificate", f"AdfsTrustedDevices/{TRUST_SHA1}")

    trace = traced(plan, paths=("extranet",))

    assert trace.answer == (
        "WAP01, WAP02: is not trusted by STS02, though by STS01 (2 of 4 extranet pairs fail; the others pass)"
    )
    assert trace.notes[0] == "extranet: 2 of 4 pairs fail: through STS02; to users it fails now and then"


def test_a_trust_certificate_that_ended_fails() -> None:
    plan = farm()
    plan.get("WAP01", "wap-trust-certificate", TRUST_SHA1).certificate.not_after.FromDatetime(NOW - timedelta(days=1))

    assert hop(traced(plan, rules=False), "forwarding", "WAP01").catalogue == ("WAP-03",)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [({}, "passes"), ({"tcp": pb.TCP_OUTCOME_TIMED_OUT}, "fails"), ({"status": 503}, "fails")],
)
def test_a_proxy_must_reach_ad_fs_on_443(changed, verdict) -> None:
    plan = farm()
    seen = endpoint(FARM, 443, INSIDE, **changed)
    plan.put("WAP01", endpoint_key(seen), seen)

    assert said(traced(plan, rules=False), "forwarding", "WAP01") == verdict


def test_where_a_proxy_did_not_look_its_own_word_of_its_health_counts() -> None:
    plan = farm()
    plan.drop("WAP01", "tls-endpoint")
    assert said(traced(plan), "forwarding", "WAP01") == "passes"

    plan.edit("WAP01", "wap-configuration", "-", health_state="")
    assert said(traced(plan), "forwarding", "WAP01") == "unknown"


# --- adfs-listens


@pytest.mark.parametrize(
    ("change", "verdict", "entry"),
    [
        (lambda plan: None, "passes", ""),
        (lambda plan: plan.edit("STS01", "service", "adfssrv", state=pb.SERVICE_STATE_STOPPED), "fails", "ADFS-01"),
        (lambda plan: plan.edit("STS01", "service", "adfssrv", state=pb.SERVICE_STATE_PENDING), "unknown", ""),
        (lambda plan: plan.lose("STS01", "service"), "unknown", ""),
        (lambda plan: plan.drop("STS01", "listener", "0.0.0.0:443"), "fails", "HTTP-29"),
        (lambda plan: plan.drop("STS01", "tls-binding", f"{FARM}:443"), "fails", ""),
        (lambda plan: plan.edit("STS01", "adfs-endpoint", "/adfs/ls/", enabled=NO), "fails", "ADFS-06"),
        (lambda plan: plan.edit("STS01", "adfs-endpoint", "/adfs/ls/", proxy=NO), "fails", "ADFS-06"),
        (
            lambda plan: plan.edit(
                "STS01", "adfs-endpoint", "/adfs/services/trust/2005/certificatetransport", enabled=NO
            ),
            "fails",
            "ADFS-04",
        ),
        (
            lambda plan: plan.edit("STS01", "adfs-endpoint", "/adfs/services/trust/13/certificatemixed", proxy=NO),
            "fails",
            "ADFS-05",
        ),
        (lambda plan: plan.lose("STS01", "adfs-endpoint"), "unknown", ""),
    ],
    ids=["well", "stopped", "pending", "services unknown", "443 closed", "443 not bound", "page off", "page inside",
         "endpoint off", "endpoint inside", "endpoints unknown"],
)  # fmt: skip
def test_ad_fs_serves_what_sign_in_goes_through(change, verdict, entry) -> None:
    plan = farm()
    change(plan)

    found = hop(traced(plan, rules=False), "adfs-listens", "STS01", path="extranet")

    assert found.verdict.value == verdict
    assert found.catalogue == ((entry,) if entry else ())


def test_an_endpoint_closed_to_proxies_fails_nobody_inside() -> None:
    plan = farm()
    plan.edit("STS01", "adfs-endpoint", "/adfs/ls/", proxy=NO)
    trace = traced(plan)

    assert said(trace, "adfs-listens", "STS01", path="extranet") == "fails"
    assert said(trace, "adfs-listens", "STS01", path="intranet") == "passes"


def test_a_node_that_is_out_of_sync_may_serve_what_is_no_longer_so() -> None:
    plan = farm()
    plan.edit("STS02", "adfs-sync", "-", last_status=5)
    trace = traced(plan)

    assert said(trace, "adfs-listens", "STS01") == "passes"
    assert said(trace, "adfs-listens", "STS02") == "unknown"
    assert hop(trace, "adfs-listens", "STS02").catalogue[0] == "FARM-01"


# --- ntauth


def test_the_issuing_ca_must_be_in_the_nodes_ntauth() -> None:
    plan = farm()
    plan.drop("STS02", "store-certificate", f"NTAuth/{adfs_farms.sha1(ISSUING)}")
    trace = traced(plan)

    assert said(trace, "ntauth", "STS01") == "passes"
    found = hop(trace, "ntauth", "STS02")
    assert (found.verdict.value, found.catalogue) == ("fails", ("STORE-11",))
    assert "probably" in found.user_sees


def test_a_root_alone_in_ntauth_is_what_the_sources_disagree_on() -> None:
    plan = farm()
    plan.drop("STS01", "store-certificate", f"NTAuth/{adfs_farms.sha1(ISSUING)}")
    held = pb.StoreCertificate(store="NTAuth", certificate=adfs_farms.summary(ROOT))
    plan.put("STS01", f"NTAuth/{adfs_farms.sha1(ROOT)}", held)

    assert said(traced(plan), "ntauth", "STS01") == "unknown"


def test_an_ntauth_that_nobody_read_is_unknown() -> None:
    plan = farm()
    plan.lose("STS01", "store-certificate", "NTAuth")

    assert said(traced(plan), "ntauth", "STS01") == "unknown"


# --- authentication-provider and claim-rules

PROVIDER = ("STS01", "adfs-authentication-provider", "CertificateAuthentication")


def test_a_method_not_allowed_on_the_extranet_fails_the_extranet_alone() -> None:
    plan = farm()
    plan.edit(*PROVIDER, primary_extranet=NO)
    trace = traced(plan)

    assert said(trace, "authentication-provider", path="extranet") == "fails"
    assert said(trace, "authentication-provider", path="intranet") == "passes"
    assert [path.verdict.value for path in trace.paths] == ["fails"] * 4 + ["passes"] * 2
    assert "(4 of 4 extranet pairs fail; the others pass)" in trace.answer


def test_a_global_policy_without_certificates_fails_though_the_provider_allows_them() -> None:
    plan = farm()
    plan.edit("STS01", "adfs-global-policy", "-", primary_intranet=["FormsAuthentication"])

    assert hop(traced(plan), "authentication-provider", path="intranet").catalogue == ("ADFS-03",)


@pytest.mark.parametrize("kind", ["adfs-authentication-provider", "adfs-global-policy"])
def test_both_settings_must_be_known_for_a_yes(kind) -> None:
    plan = farm()
    plan.lose("STS01", kind)

    assert said(traced(plan), "authentication-provider") == "unknown"


def _rules(plan, **texts):
    for field, key in (("acceptance_transform_rules", "AD AUTHORITY"), ("issuance_transform_rules", PARTY)):
        if field in texts:
            plan.edit("STS01", "adfs-trust", key, **{field: texts[field]})
    return plan


PARTY = "urn:federation:MicrosoftOnline"
SERIAL_RULE = f'c:[Type == "{adfs_farms.SERIAL}"] => issue(claim = c);'


@pytest.mark.parametrize(
    ("texts", "verdict", "entry"),
    [
        ({}, "passes", ""),
        ({"issuance_transform_rules": SERIAL_RULE}, "fails", "CLAIM-04"),
        ({"acceptance_transform_rules": SERIAL_RULE}, "fails", "CLAIM-02"),
        ({"acceptance_transform_rules": ""}, "fails", "CLAIM-01"),
        ({"issuance_transform_rules": "c:[] => issue(claim = c);"}, "passes", ""),
        ({"issuance_transform_rules": "this is no rule at all ("}, "unknown", ""),
    ],
    ids=["well", "issuer not issued", "issuer not accepted", "nothing accepted", "all passes", "not readable"],
)
def test_serial_number_and_issuer_must_reach_the_token(texts, verdict, entry) -> None:
    found = hop(traced(_rules(farm(), **texts)), "claim-rules")

    assert found.verdict.value == verdict
    assert not entry or entry in found.catalogue


def test_authorization_rules_that_permit_nobody_leave_no_token() -> None:
    plan = farm()
    deny = '=> issue(Type = "http://schemas.microsoft.com/authorization/claims/deny", Value = "true");'
    plan.edit("STS01", "adfs-trust", PARTY, issuance_authorization_rules=deny)

    found = hop(traced(plan), "claim-rules")

    assert found.verdict.value == "fails"
    assert "No token is issued" in found.why


def test_a_disabled_trust_for_entra_fails() -> None:
    plan = farm()
    plan.edit("STS01", "adfs-trust", PARTY, enabled=NO)

    assert hop(traced(plan), "claim-rules").catalogue == ("ADFS-11",)


def test_trusts_that_nobody_read_are_unknown() -> None:
    plan = farm()
    plan.lose("STS01", "adfs-trust")

    assert said(traced(plan), "claim-rules") == "unknown"


def test_rules_that_a_source_does_not_show_are_unknown() -> None:
    plan = farm()
    plan.edit("STS01", "adfs-trust", PARTY, issuance_rules_seen=False)

    assert said(traced(plan), "claim-rules") == "unknown"
