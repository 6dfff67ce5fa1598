"""Planted faults are found, on the right servers and under the right accounts, and nothing else is claimed."""

from dataclasses import replace

import pytest

from farmsight_collector.cli.findings_output import document
from farmsight_lab.scenario import Scenario, load, packaged

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]

ALONE = ("certauth", "demo", "sample", "no-route", "binding-missing", "two-primaries")
# Faults that do not hide each other are planted together: a farm has more than one trouble, too.
TOGETHER = {
    "stores": (
        "issuing-ca-missing",
        "root-in-intermediate",
        "non-root-in-root",
        "ca-disallowed",
        "ntauth-missing",
        "proxy-trust-lost",
    ),
    "http-sys": (
        "reservation-missing",
        "reservation-wrong-sid",
        "negotiate-off",
        "revocation-off",
        "ctl-store",
        "binding-other-certificate",
        "schannel-differs",
        "clock-wrong",
    ),
    "crl-1": ("crl-expired", "ocsp-down", "plus-refused", "claim-missing", "prompt-login", "tenant-ca-type"),
    "crl-2": ("delta-expired", "stale-mirror", "ca-revoked", "claim-misspelt", "tenant-ca-missing", "sync-failed"),
    "crl-3": ("crl-large", "delta-missing", "extranet-not-allowed", "signing-unknown", "proxy-differs"),
    "crl-4": ("crl-page", "policy-crl-expired", "endpoint-disabled", "tenant-crl-ldap", "wap-service-stopped"),
    "crl-5": ("crl-wrong-issuer", "root-missing", "listener-closed", "service-stopped"),
    "crl-6": ("crl-wrong-signature", "issuer-list-lacks-ca"),
    "crl-7": ("crl-unrenewed",),
    "crl-8": ("crl-slow",),
    "crl-9": ("crl-truncated",),
    "network": ("name-missing",),
    "documents-1": (
        "address-binding",
        "binding-cached-only",
        "claim-issuer-missing",
        "endpoint-not-published",
        "federation-wrong",
        "node-unknown",
        "port-excluded",
        "service-accounts-differ",
        "tenant-crl-https",
        "tls-12-off",
    ),
    "documents-2": (
        "binding-without-key",
        "listen-list",
        "ntauth-differs",
        "o365-trust-disabled",
        "reservation-of-other",
        "root-missing-in-tenant",
        "sign-in-page-off",
        "signing-ends",
        "trust-mode",
        "wap-application",
        "wap-forward-proxy",
    ),
    "documents-3": (
        "managed",
        "port-taken",
        "tenant-crl-internal",
        "tls-certificate-expired",
        "trust-certificate-expired",
        "wap-leads-to-itself",
        "wap-port",
    ),
    "documents-4": ("tenant-delta-alone", "trusted-devices-differ", "wap-other-farm", "wid-stopped"),
    "makes-1": ("ca-expired",),
    "makes-2": ("ca-narrow", "aia-dead"),
    "makes-3": ("tenant-ca-superseded", "crl-forbidden"),
    "makes-4": ("proxy-login", "delta-foreign-base"),
}
# What only captured files can show: certificates of users that were handed in, names that the lab does not really lead
# astray, a mode that is not that of the others.
ONLY_CAPTURED = {
    "ca-constrained",
    "ca-renewed",
    "certauth-name-lacking",
    "name-leads-elsewhere",
    "user-certificate-expired",
    "user-for-servers",
    "user-of-other-domain",
    "user-unnamed",
}

# Elsewhere every server has a loopback address, and whose address was reached can't be told.
ON_LOOPBACK_TOO = ("healthy", "issuing-ca-missing", "crl-1")


def joined(name, members):
    parts = [load(member) for member in members]
    return Scenario(
        name=name,
        description=", ".join(members),
        needs=next((part.needs for part in parts if part.needs), ""),
        faults=tuple(fault for part in parts for fault in part.faults),
        # Among so much trouble one cause may stand behind another.
        expected=tuple(replace(one, cause=False) for part in parts for one in part.expected),
    )


def seen(lab, chosen):
    if lab.network.kind != "namespaces" and chosen.name not in ON_LOOPBACK_TOO:
        pytest.skip(f"{chosen.name}: needs network namespaces (root, ip netns, and no other lab that has them)")
    lab.plant(chosen)
    found = document(lab.once())
    assert [item for item in found["unknown"] if "the rule failed" in item["reason"]] == []
    return found


def fits(expected, finding):
    return (
        finding["code"] == expected.code
        and set(expected.servers) <= set(finding["servers"])
        and set(expected.contexts) <= set(finding["contexts"])
        and not (expected.cause and finding["caused_by"])
    )


def missing(chosen, findings):
    return [one for one in chosen.expected if not any(fits(one, finding) for finding in findings)]


def summary(findings):
    return [(f["severity"], f["code"], f["servers"], f["caused_by"]) for f in findings]


def unexpected(chosen, found):
    """Return findings that neither are expected nor follow from an expected one."""
    by_id = {finding["id"]: finding for finding in found}
    known = {one.code for one in chosen.expected} | set(chosen.also)

    def explained(finding):
        if finding["code"] in known:
            return True
        cause = by_id.get(finding["caused_by"])
        return cause is not None and explained(cause)

    return [finding for finding in found if not explained(finding)]


def test_a_healthy_farm_leaves_nothing_unknown_but_how_it_looks_from_outside_and_nothing_said(lab):
    found = seen(lab, load("healthy"))

    assert found["findings"] == []
    if lab.network.kind == "namespaces":
        assert [one["code"] for one in found["unknown"]] == ["entra.crl-url-unreachable-outside"]  # nobody is outside
    assert {server["name"] for server in found["servers"]} == {"STS01", "STS02", "WAP01", "WAP02"}


def test_where_nothing_was_collected_it_is_said_what_is_not_known(lab):
    # What was found before and can't be looked at any more stays open: begin with a healthy farm.
    assert seen(lab, load("healthy"))["findings"] == []

    found = seen(lab, load("unknown"))

    assert found["findings"] == []
    unknown = {(item["server"], item["probe"]) for item in found["unknown"]}
    assert {("WAP01", "http-sys"), ("WAP02", "certificate-stores"), ("STS01", "adfs")} <= unknown


@pytest.mark.parametrize("name", ALONE)
def test_a_scenario_leads_to_its_findings_and_to_no_others(lab, name):
    chosen = load(name)

    found = seen(lab, chosen)

    assert missing(chosen, found["findings"]) == [], summary(found["findings"])
    assert summary(unexpected(chosen, found["findings"])) == []


@pytest.mark.parametrize("name", TOGETHER)
def test_faults_planted_together_are_all_found(lab, name):
    chosen = joined(name, TOGETHER[name])

    found = seen(lab, chosen)

    assert missing(chosen, found["findings"]) == [], summary(found["findings"])


def test_every_packaged_scenario_is_among_these():
    together = {member for members in TOGETHER.values() for member in members}
    assert set(packaged()) == {"healthy", "unknown", *ALONE} | ONLY_CAPTURED | together


def test_what_is_put_right_is_not_reported_any_more(lab):
    assert seen(lab, load("issuing-ca-missing"))["findings"] != []

    assert seen(lab, load("healthy"))["findings"] == []
