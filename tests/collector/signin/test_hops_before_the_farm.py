"""The certificate itself, and what the tenant does with it before and after AD FS."""

from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from farmsight_wire.v1 import facts_pb2 as pb
from tests.collector.signin.scenes import ADA, CRLS, NOW, farm, hop, said, traced, user
from tests.fakes import adfs_farms
from tests.fakes.adfs_farms import ISSUING, NO, ROOT, SIGNING, YES, made_certificate, summary

ISSUING_SHA1, ROOT_SHA1 = adfs_farms.sha1(ISSUING), adfs_farms.sha1(ROOT)
DOMAIN = ("STS01", "entra-domain", "contoso.com")


def test_a_certificate_that_is_well_passes_with_its_names_told() -> None:
    found = hop(traced(farm()), "user-certificate")

    assert found.verdict.value == "passes"
    assert "ada@contoso.com" in found.why


@pytest.mark.parametrize(
    ("leaf", "verdict", "why", "entries"),
    [
        (user("a@contoso.com", ends=NOW - timedelta(days=1)), "fails", "expired on 2026-11-22", ("USER-07",)),
        (user("a@contoso.com", begins=NOW + timedelta(days=1)), "fails", "not valid before", ("USER-07",)),
        (user("a@contoso.com", usages=(ExtendedKeyUsageOID.SERVER_AUTH,)), "fails", "client auth", ("USER-05",)),
        (user("a@contoso.com", usages=()), "passes", "client authentication", ()),
        (user("a@contoso.com", usages=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)), "passes", "", ()),
        (user("a@contoso.com", signs=False), "fails", "leaves out signatures", ("USER-06",)),
        (user(), "fails", "neither a principal (UPN) nor a mail address", ("USER-01",)),
        (user(mails=("ada@contoso.com",)), "passes", "it names ada@contoso.com", ()),
        (user("a@contoso.com", ca=True), "unknown", "is a CA's", ()),
    ],
    ids=["expired", "not yet", "server use", "any use", "any usage", "no signature", "no name", "mail", "a CA's"],
)
def test_dates_usages_and_names_are_judged_as_of_the_farms_instant(leaf, verdict, why, entries) -> None:
    found = hop(traced(farm(), leaf), "user-certificate")

    assert (found.verdict.value, found.catalogue) == (verdict, entries)
    assert why in found.why
    assert bool(found.user_sees) is (verdict == "fails")


def test_a_trace_in_the_past_judges_dates_as_of_then() -> None:
    plan = farm()
    plan.at = NOW - timedelta(days=60)

    assert said(traced(plan), "user-certificate") == "fails"
    assert "not valid before" in hop(traced(plan), "user-certificate").why


@pytest.mark.parametrize(
    ("change", "verdict", "why", "entries"),
    [
        ({}, "passes", "contoso.com is federated with sts.contoso.com", ()),
        ({"authentication_type": "Managed"}, "fails", "is not federated", ("ENTRA-21",)),
        (
            {"passive_sign_in_uri": "https://sts.other.com/adfs/ls/", "active_sign_in_uri": ""},
            "fails",
            "is federated with sts.other.com",
            ("ENTRA-20",),
        ),
        ({"passive_sign_in_uri": "", "active_sign_in_uri": ""}, "unknown", "are not shown", ()),
    ],
    ids=["here", "managed", "elsewhere", "not shown"],
)
def test_the_users_domain_must_lead_to_this_farm(change, verdict, why, entries) -> None:
    plan = farm()
    plan.edit("STS01", *DOMAIN[1:], **change)

    found = hop(traced(plan), "domain-federated")

    assert (found.verdict.value, found.catalogue) == (verdict, entries)
    assert why in found.why


@pytest.mark.parametrize(
    ("rollout", "verdict"),
    [
        ({"enabled": YES, "whole_organization": YES}, "fails"),
        ({"enabled": YES, "applies_to": ["a-group"]}, "unknown"),
        ({"enabled": NO, "whole_organization": YES}, "passes"),
    ],
    ids=["everybody", "some groups", "off"],
)
def test_a_staged_rollout_takes_users_past_ad_fs(rollout, verdict) -> None:
    plan = farm()
    plan.put("STS01", "r1", pb.EntraRollout(id="r1", display_name="pilot", **rollout))

    assert said(traced(plan), "domain-federated") == verdict


def test_a_subdomain_that_the_tenant_does_not_list_follows_the_domain_above_it() -> None:
    assert said(traced(farm(), user("ada@sales.contoso.com")), "domain-federated") == "passes"


def test_a_name_in_no_domain_of_the_tenant_tells_nothing_of_federation_and_fails_the_mapping() -> None:
    trace = traced(farm(), user("ada@elsewhere.com"))

    assert said(trace, "domain-federated") == "unknown"
    assert said(trace, "prompt-login") == "unknown"
    assert said(trace, "user-mapping") == "fails"
    assert hop(trace, "user-mapping").catalogue == ("USER-02",)


@pytest.mark.parametrize(
    ("prompt", "verdict"),
    [
        (pb.PROMPT_LOGIN_NATIVE, "passes"),
        (pb.PROMPT_LOGIN_DISABLED, "passes"),
        (pb.PROMPT_LOGIN_TRANSLATE, "fails"),
        (pb.PROMPT_LOGIN_NOT_SET, "fails"),
        (pb.PROMPT_LOGIN_UNSPECIFIED, "unknown"),
    ],
)
def test_prompt_login_must_not_become_a_password_form(prompt, verdict) -> None:
    plan = farm()
    plan.edit("STS01", *DOMAIN[1:], prompt_login=prompt)

    found = hop(traced(plan), "prompt-login")

    assert found.verdict.value == verdict
    assert ("password form" in found.user_sees) is (verdict == "fails")


def test_a_node_too_old_for_prompt_login_leaves_it_open() -> None:
    plan = farm()
    plan.edit(
        "STS02", "host", "STS02", os_version="6.3.9600", os_update_revision=17000, installed_updates=["KB2919355"]
    )

    found = hop(traced(plan), "prompt-login")

    assert (found.verdict.value, found.catalogue) == ("unknown", ("ENTRA-18",))


@pytest.mark.parametrize(
    ("leaf", "change", "verdict", "entries"),
    [
        (ADA, {}, "passes", ()),
        (user(mails=("ada@contoso.com",)), {}, "passes", ()),
        (user("ada@contoso.local"), {}, "fails", ("USER-02",)),
        (user("ada@contoso.local", mails=("ada@contoso.com",)), {}, "passes", ()),
        (ADA, {"verified": NO}, "fails", ("USER-02",)),
        (user("ada@elsewhere.com"), {"verified": pb.TRISTATE_UNSPECIFIED}, "unknown", ()),
    ],
    ids=["upn", "mail", "private", "private beside a mail", "not verified", "list not shown"],
)
def test_one_name_of_the_certificate_must_be_in_a_verified_domain(leaf, change, verdict, entries) -> None:
    plan = farm()
    plan.edit("STS01", *DOMAIN[1:], **change)

    found = hop(traced(plan, leaf), "user-mapping")

    assert (found.verdict.value, found.catalogue) == (verdict, entries)


def test_a_certificate_without_the_accounts_sid_is_noted_and_fails_nothing() -> None:
    trace = traced(farm(), user("ada@contoso.com", sid=False))

    assert trace.verdict.value == "passes"
    assert any("KB5014754" in note for note in trace.notes)


def test_nothing_known_of_the_tenant_leaves_its_hops_unknown_and_the_answer_says_so() -> None:
    plan = farm()
    for kind in ("entra-domain", "entra-authority"):
        plan.lose("STS01", kind)

    trace = traced(plan)

    assert trace.verdict.value == "unknown"
    assert "domain-federated can't be told" in trace.answer
    assert "farmsight-collector entra add" in trace.answer
    for name in ("domain-federated", "prompt-login", "token", "tenant-authorities", "tenant-revocation"):
        assert said(trace, name) == "unknown", name


@pytest.mark.parametrize(
    ("signing", "verdict"),
    [(summary(SIGNING), "passes"), (summary(ROOT), "fails"), (pb.CertificateSummary(), "unknown")],
)
def test_the_tenant_must_hold_the_certificate_that_ad_fs_signs_with(signing, verdict) -> None:
    plan = farm()
    plan.edit("STS01", *DOMAIN[1:], signing_certificate=signing)
    if not signing.sha1:
        plan.get("STS01", *DOMAIN[1:]).ClearField("signing_certificate")

    assert said(traced(plan), "token") == verdict


def test_a_root_that_comes_next_is_enough_for_the_token() -> None:
    plan = farm()
    plan.edit("STS01", *DOMAIN[1:], signing_certificate=summary(ROOT), next_signing_certificate=summary(SIGNING))

    assert said(traced(plan), "token") == "passes"


def _tenant_without(key):
    plan = farm()
    plan.drop("STS01", "entra-authority", key)
    return plan


def test_an_issuing_ca_that_the_tenant_lacks_is_named() -> None:
    found = hop(traced(_tenant_without(ISSUING_SHA1)), "tenant-authorities")

    assert (found.verdict.value, found.catalogue) == ("fails", ("ENTRA-02",))
    assert found.why == "The tenant does not list the CA CN=Contoso Issuing CA 1"
    assert "entra.issuing-ca-missing" in found.codes


def test_a_root_that_the_tenant_lacks_is_named_as_the_root() -> None:
    found = hop(traced(_tenant_without(ROOT_SHA1)), "tenant-authorities")

    assert (found.verdict.value, found.catalogue) == ("fails", ("ENTRA-01",))
    assert found.why == "The tenant does not list the root CN=Contoso Root CA"


@pytest.mark.parametrize(
    ("key", "change", "verdict", "entry"),
    [
        (ISSUING_SHA1, {"root": YES}, "fails", "ENTRA-03"),
        (ROOT_SHA1, {"root": NO}, "fails", "ENTRA-03"),
        (ROOT_SHA1, {"root": pb.TRISTATE_UNSPECIFIED}, "unknown", ""),
        (ISSUING_SHA1, {"entra_store": pb.ENTRA_STORE_PKI}, "unknown", "ENTRA-22"),
    ],
    ids=["intermediate as root", "root as intermediate", "type not shown", "newer store only"],
)
def test_each_object_of_the_chain_is_judged(key, change, verdict, entry) -> None:
    plan = farm()
    plan.edit("STS01", "entra-authority", key, **change)

    found = hop(traced(plan), "tenant-authorities")

    assert found.verdict.value == verdict
    assert found.catalogue == ((entry,) if entry else ())


def test_a_ca_object_that_ended_fails() -> None:
    plan = farm()
    plan.at = NOW + timedelta(days=301)
    leaf = user("ada@contoso.com", ends=NOW + timedelta(days=900))

    assert hop(traced(plan, leaf), "tenant-authorities").catalogue == ("ENTRA-14",)


def test_an_object_of_which_only_the_name_is_shown_leaves_it_open() -> None:
    plan = farm()
    plan.drop("STS01", "entra-authority", ISSUING_SHA1)
    shown = pb.CertificateSummary(subject="CN=Contoso Issuing CA 1")
    plan.put("STS01", "listed", pb.EntraAuthority(certificate=shown, root=NO, crl_url=CRLS["Contoso Issuing CA 1"]))

    assert said(traced(plan), "tenant-authorities") == "unknown"


def _beside_an_old_one(plan, **listed):
    """Let the tenant list what `listed` shows, and a server hold a certificate of the issuing CA's key that is over."""
    for place in range(4):  # whichever of the two is met first
        old = made_certificate("Contoso Issuing CA 1", issuer="Contoso Root CA", ca=True, days=-30 - place)
        plan.blobs.append(old)
        plan.put("WAP01", f"CA/{adfs_farms.sha1(old)}", pb.StoreCertificate(store="CA", certificate=summary(old)))
        if not listed:
            plan.put("STS01", adfs_farms.sha1(old), pb.EntraAuthority(certificate=summary(old), root=NO))
    if listed:
        plan.drop("STS01", "entra-authority", ISSUING_SHA1)
        plan.put("STS01", "by its key", pb.EntraAuthority(certificate=pb.CertificateSummary(**listed), root=NO))
    return plan


def test_a_certificate_that_is_over_beside_a_valid_one_of_the_same_key_does_no_harm() -> None:
    assert said(traced(_beside_an_old_one(farm())), "tenant-authorities") == "passes"


def test_a_key_of_which_one_certificate_is_over_leaves_open_which_the_tenant_lists() -> None:
    key = summary(ISSUING).subject_key_identifier
    plan = _beside_an_old_one(farm(), subject="CN=Contoso Issuing CA 1", subject_key_identifier=key)

    found = hop(traced(plan), "tenant-authorities")

    assert (found.verdict.value, found.catalogue) == ("unknown", ("ENTRA-14",))
    assert "Which certificate" in found.why


def test_authorities_that_lead_back_to_each_other_end_in_a_doubt() -> None:
    one = made_certificate("Loop A", issuer="Loop B", ca=True)
    other = made_certificate("Loop B", issuer="Loop A", ca=True)
    plan = farm()
    for der in (one, other):
        plan.blobs.append(der)
        plan.put("STS01", adfs_farms.sha1(der), pb.EntraAuthority(certificate=summary(der), root=NO))

    found = hop(traced(plan, user("ada@contoso.com", issuer="Loop A")), "tenant-authorities")

    assert found.verdict.value == "unknown"
    assert "lead back to each other" in found.why


def _crl(plan, name="Contoso Issuing CA 1", **fields):
    """Change what the vantage point got from a CRL URL of the tenant."""
    place = ("OUT01", "retrieval", "caller", f"crl {CRLS[name]}")
    for field, value in fields.items():
        setattr(plan.facts[place], field, value)
    return plan


def test_the_tenants_crls_pass_when_a_vantage_point_fetches_them() -> None:
    assert said(traced(farm()), "tenant-revocation") == "passes"


def test_a_crl_that_nobody_outside_can_fetch_fails() -> None:
    plan = _crl(farm(), outcome=pb.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT)

    found = hop(traced(plan), "tenant-revocation")

    assert (found.verdict.value, found.catalogue) == ("fails", ("ENTRA-05",))
    assert "AADSTS500173" in found.user_sees
    assert "probably" in found.user_sees


def test_a_crl_that_nobody_outside_fetched_is_not_known() -> None:
    plan = farm()
    plan.drop("OUT01", "retrieval")

    found = hop(traced(plan), "tenant-revocation")

    assert found.verdict.value == "unknown"
    assert "nobody outside" in found.why


def test_an_expired_crl_fails() -> None:
    plan = farm()
    value = plan.facts["OUT01", "retrieval", "caller", f"crl {CRLS['Contoso Issuing CA 1']}"]
    value.crl.next_update.FromDatetime(NOW - timedelta(hours=1))

    assert hop(traced(plan), "tenant-revocation").catalogue == ("ENTRA-10",)


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("ldap:///CN=x", "ENTRA-07"),
        ("http://pki.contoso.local/x.crl", "ENTRA-05"),
        ("http://10.1.2.3/x.crl", "ENTRA-05"),
    ],
)
def test_urls_that_entra_can_never_fetch_fail_by_themselves(url, entry) -> None:
    plan = farm()
    plan.edit("STS01", "entra-authority", ISSUING_SHA1, crl_url=url)

    assert hop(traced(plan), "tenant-revocation").catalogue == (entry,)


@pytest.mark.parametrize(("required", "verdict"), [(YES, "fails"), (NO, "passes"), (None, "unknown")])
def test_an_object_without_a_crl_hangs_on_whether_the_tenant_demands_one(required, verdict) -> None:
    plan = farm()
    plan.edit("STS01", "entra-authority", ISSUING_SHA1, crl_url="")
    plan.put("STS01", "-", pb.EntraCertificatePolicy(crl_validation_required=required or NO))
    if required is None:
        plan.lose("STS01", "entra-certificate-policy")

    assert said(traced(plan), "tenant-revocation") == verdict


def test_a_delta_crl_without_a_base_fails() -> None:
    plan = farm()
    plan.edit("STS01", "entra-authority", ISSUING_SHA1, crl_url="", delta_crl_url="http://pki.contoso.com/i+.crl")

    assert "ENTRA-12" in hop(traced(plan), "tenant-revocation").catalogue
