"""Probes over an evidence folder: keys, outcomes part by part, blobs."""

import base64
import hashlib
import json

import pytest

from farmsight_agent.config import Config
from farmsight_agent.hosts.choose import choose
from farmsight_agent.probe import Tools
from farmsight_agent.probes import PROBES
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import kind_of, part_of
from tests.fakes.certificates import CERTIFICATE, SHA1, certificate, crl
from tests.fakes.farms import NOW

OBSERVED = telemetry_pb2.PROBE_OUTCOME_OBSERVED
RAW = base64.b64encode(CERTIFICATE).decode()
PROBE = {probe.id: probe for probe in PROBES}
CRL = crl("x")


class Clock:
    def now(self):
        return NOW

    def monotonic(self):
        return 0.0


class Sink(dict):
    def keep(self, data):
        digest = hashlib.sha256(data).digest()
        self[digest] = data
        return digest


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a probe over the folder and returns its parts by (part, context)."""

    def _run(probe, role="adfs", host="evidence"):
        config = Config(role=role, server_name="STS01", evidence_dir=tmp_path, host=host)
        tools = Tools(host=choose(config), config=config, clock=Clock(), contexts=None, blobs=_run.blobs)
        parts = list(PROBE[probe].collect(tools))
        for part in parts:
            for fact in part.facts:
                assert kind_of(fact).probe == probe
                assert part_of(kind_of(fact), fact.key) == part.part
                assert fact.context == part.context
        return {(part.part, part.context): part for part in parts}

    _run.blobs = Sink()
    return _run


@pytest.fixture
def write(tmp_path):
    def _write(name, value):
        (tmp_path / name).write_text(value if isinstance(value, str) else json.dumps(value))

    return _write


def keys(part):
    return [fact.key for fact in part.facts]


def test_stores_one_part_each_with_their_bytes_kept(run, write):
    other = certificate("x")
    write(
        "STS01_host.json",
        {
            "Stores": ["ROOT", "CA"],
            "Certificates": [
                {"Store": "root", "Origin": "Registry", "RawData": RAW, "HasPrivateKey": False},
                {"Store": "ROOT", "Origin": "GroupPolicy", "RawData": RAW, "HasPrivateKey": True},
            ],
            "Crls": [{"Store": "CA", "RawData": base64.b64encode(CRL).decode()}],
        },
    )
    parts = run("certificate-stores")
    root, ca, my = (parts[name, 0] for name in ("ROOT", "CA", "MY"))

    assert keys(root) == [f"ROOT/{SHA1}"]
    held = root.facts[0].store_certificate
    assert (list(held.other_origins), held.has_private_key) == (
        [facts_pb2.STORE_ORIGIN_GROUP_POLICY],
        facts_pb2.TRISTATE_YES,
    )
    assert keys(ca) == [f"CA/{hashlib.sha1(CRL).hexdigest()}"]
    assert ca.facts[0].store_crl.crl.number == "5"
    assert (my.outcome, my.reason) == (telemetry_pb2.PROBE_OUTCOME_UNAVAILABLE, "file-missing")
    assert set(run.blobs.values()) == {CERTIFICATE, CRL}
    assert other not in run.blobs.values()


def test_without_any_source_the_stores_are_unknown_not_empty(run):
    assert {part.reason for part in run("certificate-stores").values()} == {"file-missing"}
    assert {part for part, _ in run("certificate-stores")} == {"ROOT", "CA", "MY"}


def test_a_broken_listing_leaves_the_other_part_standing(run, write):
    write(
        "STS01_49443.txt",
        "\nURL Reservations:\n-----------------\n\n    Reserved URL            : https://+:49443/adfs/ \n",
    )
    write("STS01_sslcert.txt", "\nSSL Certificate bindings:\n-------------------------\n")
    parts = run("http-sys")

    assert (parts["url-reservation", 0].outcome, parts["url-reservation", 0].reason) == (
        telemetry_pb2.PROBE_OUTCOME_FAILED,
        "truncated",
    )
    assert parts["url-reservation", 0].source == "evidence:STS01_49443.txt:5"
    assert (parts["tls-binding", 0].outcome, parts["tls-binding", 0].facts) == (OBSERVED, ())


def test_reservations_and_bindings_have_one_spelling(run, write):
    sddl = "D:(A;;GA;;;S-1-5-80-2246541699-21809830-3603976364-117610243-975697593)"
    write("STS01_49443.txt", f"    Reserved URL            : HTTPS://+:49443/ADFS/ \n            SDDL: {sddl}\n")
    write(
        "STS01_adfs.json",
        {
            "Get-AdfsSslCertificate": {
                "HostName": "STS.Contoso.com",
                "PortNumber": 49443,
                "CertificateHash": "AB" * 20,
                "AppId": "5D89A20C-BEAB-4389-9447-324788EB944A",
                "CtlStoreName": "adfstrusteddevices",
                "AcceptClientCerts": True,
            }
        },
    )
    parts = run("http-sys")
    [reservation], [binding] = parts["url-reservation", 0].facts, parts["tls-binding", 0].facts

    assert reservation.key == "https://+:49443/ADFS/"
    assert reservation.url_reservation.trustees[0].name == "NT SERVICE\\adfssrv"
    assert reservation.source == "evidence:STS01_49443.txt:1"
    value = binding.tls_binding
    assert (binding.key, value.certificate_sha1) == ("sts.contoso.com:49443", "ab" * 20)
    assert (value.application_id, value.ctl_store) == ("{5d89a20c-beab-4389-9447-324788eb944a}", "AdfsTrustedDevices")


def test_a_secondary_s_refusals_stand_beside_what_it_can_say(run, write):
    write(
        "STS01_adfs.json",
        {
            "Errors": {"Get-AdfsProperties": {"Reason": "not-primary", "Message": "PS0033"}},
            "Get-AdfsSyncProperties": {"Role": "SecondaryComputer"},
            "Get-AdfsCertificate": [
                {"CertificateType": "Token-Signing", "IsPrimary": True, "Certificate": {"RawData": RAW}}
            ],
        },
    )
    parts = run("adfs")

    assert parts["properties", 0].outcome == telemetry_pb2.PROBE_OUTCOME_NOT_APPLICABLE
    assert keys(parts["sync", 0]) == ["-"]
    assert keys(parts["certificates", 0]) == [f"Token-Signing/{SHA1}"]
    assert parts["endpoints", 0].reason == "not-collected"
    assert run.blobs == {hashlib.sha256(CERTIFICATE).digest(): CERTIFICATE}


def test_the_clock_as_a_fact_is_whole_seconds_and_as_a_sample_exact(run, write):
    write("STS01_host.json", {"Clock": [{"Reference": "dc:DC01", "OffsetSeconds": -301.25, "Synchronised": True}]})
    [part] = run("clock").values()

    assert keys(part) == ["dc:DC01"]
    assert part.facts[0].clock.offset.ToNanoseconds() == -301 * 10**9
    assert [(s.series, s.key, s.value) for s in part.samples] == [("clock-offset-ms", "dc:DC01", -301250.0)]


def test_proxies_are_facts_of_their_context_with_the_account_s_number(run, write):
    write(
        "STS01_host.json",
        {
            "Contexts": [{"Context": "system", "Account": "SYSTEM", "Sid": "S-1-5-18"}],
            "Proxies": [{"Context": "system", "Source": "winhttp", "Direct": True}],
        },
    )
    [part] = run("proxy-settings").values()
    [fact] = part.facts

    assert (fact.key, fact.context) == ("winhttp", facts_pb2.CONTEXT_SYSTEM)
    assert (fact.asked_by.sid, fact.asked_by.token_source) == ("S-1-5-18", facts_pb2.TOKEN_SOURCE_EVIDENCE)


def test_other_kinds_by_key(run, write):
    write(
        "STS01_host.json",
        {
            "ComputerSystem": {"Name": "STS01"},
            "Listeners": [{"LocalAddress": "::", "LocalPort": 49443, "OwningProcess": 4}],
            "ExcludedPortRanges": [{"StartPort": 49400, "EndPort": 49499, "Administered": False}],
            "Services": [{"Name": "AdfsSrv", "State": "Running"}],
            "Schannel": {"SendTrustedIssuerList": 1},
            "Events": [
                {"Log": "AD FS/Admin", "Id": 364, "RecordId": 9, "TimeCreated": "2026-11-23T10:00:00Z", "Data": ["a"]}
            ],
            "UrlCache": [{"Context": "system", "Url": "http://pki/ca.crl"}],
        },
    )
    found = {
        probe: [key for part in run(probe).values() for key in keys(part)]
        for probe in ("host", "listeners", "port-exclusions", "services", "schannel", "events", "url-cache")
    }

    assert found == {
        "host": ["STS01"],
        "listeners": ["[::]:49443"],
        "port-exclusions": ["49400-49499"],
        "services": ["adfssrv"],
        "schannel": ["SendTrustedIssuerList"],
        "events": ["AD FS/Admin/364/9"],
        "url-cache": ["http://pki/ca.crl"],
    }


def test_a_stand_in_without_its_files_is_unknown_in_every_part(run):
    for probe in ("adfs", "http-sys", "services", "listeners", "schannel", "events"):
        for part in run(probe, host="auto").values():
            assert part.outcome == telemetry_pb2.PROBE_OUTCOME_UNAVAILABLE, probe
            assert part.reason == "file-missing"
            assert "STS01_" in part.detail


def test_the_tenant_is_seen_only_where_its_file_lies(run, write):
    assert {part.reason for part in run("entra", role="wap").values()} == {"no-tenant-file"}
    write(
        "entra.json",
        {"certificateBasedAuthConfiguration": {"value": [{"certificateAuthorities": [{"certificate": RAW}]}]}},
    )
    parts = run("entra", role="wap")

    assert keys(parts["authorities", 0]) == [SHA1]
    assert parts["domains", 0].reason == "not-collected"


def test_a_trust_that_shows_no_identifier_is_keyed_by_its_name(run, write):
    write(
        "STS01_adfs.json",
        {
            "Get-AdfsClaimsProviderTrust": [{"Name": "Active Directory", "AcceptanceTransformRules": ""}],
            "Get-AdfsRelyingPartyTrust": [{"Name": "x", "Identifier": ["urn:x"]}],
        },
    )
    assert keys(run("adfs")["trusts", 0]) == ["name:Active Directory", "urn:x"]


def test_an_authority_that_shows_no_certificate_is_keyed_by_its_key_identifier(run, write):
    row = {"AuthorityType": 0, "CrlDistributionPoint": "", "TrustedIssuer": "CN=Root", "TrustedIssuerSki": "AB" * 20}
    write("entra.json", {"Get-EntraTrustedCertificateAuthority": [row]})
    assert keys(run("entra", role="wap")["authorities", 0]) == ["ski:" + "ab" * 20]


def test_only_its_own_role_runs_the_probe_of_a_role():
    assert (PROBE["adfs"].roles, PROBE["wap"].roles) == (frozenset({"adfs"}), frozenset({"wap"}))
