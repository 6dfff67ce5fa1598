"""JSON of Windows PowerShell, with everything version 5.1 does to it."""

import base64
import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import shapes
from farmsight_agent.hosts.evidence.documents.located import load
from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    UnavailableError,
)
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certificates import CERTIFICATE, SHA1

VECTORS = Path(__file__).parents[2] / "vectors" / "evidence"
YES, NO = facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO
WHEN = datetime(2018, 7, 10, 22, 47, 6, tzinfo=UTC)
RAW = base64.b64encode(CERTIFICATE).decode()


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, value in files.items():
            (tmp_path / f"STS01_{name}.json").write_text(json.dumps(value, indent=1))
        return EvidenceHost(tmp_path, "STS01")

    return write


@pytest.mark.parametrize(
    "value",
    [
        "/Date(1531262826000)/",
        "/Date(1531262826000+0200)/",
        "2018-07-10T22:47:06Z",
        "2018-07-11T00:47:06.0000000+02:00",
        "2018-07-10T22:47:06",
        {"value": "/Date(1531262826000)/", "DateTime": "Dienstag"},
    ],
)
def test_every_spelling_of_a_time(value):
    assert shapes.instant(value).ToDatetime(UTC) == WHEN


@pytest.mark.parametrize("value", [None, "", "gestern", "/Date(99999999999999999)/", 5, {"value": []}])
def test_what_is_no_time_is_not_said(value):
    assert shapes.instant(value) is None


@pytest.mark.parametrize("value", [RAW, list(CERTIFICATE), {"value": list(CERTIFICATE), "Count": len(CERTIFICATE)}])
def test_every_spelling_of_bytes(value):
    assert shapes.raw(value) == CERTIFICATE


def test_properties_name_their_line(folder):
    host = folder(
        adfs={
            "Computer": "STS01",
            "Get-AdfsProperties": {
                "HostName": "sts.contoso.com",
                "HttpsPort": 443,
                "TlsClientPort": 49443,
                "Identifier": {"AbsoluteUri": "http://sts.contoso.com/adfs/services/trust", "Port": 80},
                "AutoCertificateRollover": True,
                "ExtendedProtectionTokenCheck": 1,
                "LogLevel": "Errors",
                "ArtifactDbConnection": "Data Source=np:\\\\.\\pipe\\microsoft##wid\\tsql\\query;Initial Catalog=x",
            },
            "Get-AdfsFarmInformation": {"CurrentFarmBehavior": 4},
        }
    )
    seen = host.adfs("properties")
    [value] = seen.values

    assert (value.host_name, value.tls_client_port, value.farm_behavior) == ("sts.contoso.com", 49443, 4)
    assert value.identifier == "http://sts.contoso.com/adfs/services/trust"
    assert (value.extended_protection, list(value.log_level)) == ("Allow", ["Errors"])
    assert (value.auto_certificate_rollover, value.configuration_database) == (YES, "WID")
    assert seen.lines == ("evidence:STS01_adfs.json:3",)


def test_a_list_of_one_that_came_as_its_element_is_a_list_of_one(folder):
    provider = {
        "Name": "CertificateAuthentication",
        "AllowedForPrimaryExtranet": "True",
        "AllowedForPrimaryIntranet": 0,
    }
    host = folder(
        adfs={
            "Get-AdfsAuthenticationProvider": provider,
            "Get-AdfsGlobalAuthenticationPolicy": {
                "PrimaryExtranetAuthenticationProvider": "FormsAuthentication",
                "PrimaryIntranetAuthenticationProvider": None,
            },
        }
    )
    [value] = host.adfs("authentication-providers").values
    [policy] = host.adfs("global-policy").values

    assert (value.primary_extranet, value.primary_intranet, value.additional) == (YES, NO, 0)
    assert list(policy.primary_extranet) == ["FormsAuthentication"]


def test_a_certificate_by_bytes_or_by_thumbprint(folder):
    rows = [
        {"CertificateType": "Token-Signing", "IsPrimary": True, "Certificate": {"RawData": list(CERTIFICATE)}},
        {"CertificateType": "Token-Signing", "IsPrimary": False, "Thumbprint": "AB" * 20},
    ]
    ssl = {"HostName": "sts.contoso.com", "PortNumber": 443, "CertificateHash": "CD" * 20}
    host = folder(adfs={"Get-AdfsCertificate": rows, "Get-AdfsSslCertificate": [ssl, ssl | {"PortNumber": 49443}]})
    first, second, third = host.adfs("certificates").values

    assert (first.certificate.sha1, first.certificate.subject) == (SHA1, "CN=sts.contoso.com")
    assert host.blob(first.certificate.blob_sha256) == CERTIFICATE
    assert (second.certificate.sha1, second.primary) == ("ab" * 20, NO)
    assert (third.type, third.certificate.sha1) == ("SSL", "cd" * 20)


def test_bindings_of_the_cmdlet_stand_in_only_where_no_listing_is(folder, tmp_path):
    """From a real export of Microsoft's toolbox."""
    export = json.loads((VECTORS / "adfstoolbox_diagnostics_20190115134922.json").read_text("utf-8-sig"))
    tests = export["ADFSToolbox"]["Test-AdfsServerHealth"]["AllTests"]
    rows = next(t["Output"]["SSLBindings"] for t in tests if t["Name"] == "CheckAdfsSslBindings")
    host = folder(adfs={"Get-AdfsSslCertificate": rows})
    seen = {f"{v.host}:{v.port}": v for v in host.tls_bindings().values}

    assert seen["sts.aadtestdom.com:49443"].negotiate_client_certificate is True
    assert seen["sts.aadtestdom.com:49443"].ctl_store == ""
    assert seen["sts.aadtestdom.com:443"].data_source == facts_pb2.AGENT_DATA_SOURCE_POWERSHELL

    (tmp_path / "STS01_sslcert.txt").write_text("\nSSL Certificate bindings:\n-------------------------\n")
    assert host.tls_bindings().values == ()


def test_a_trust_shows_its_rules_only_when_they_were_collected(folder):
    host = folder(
        adfs={
            "Get-AdfsClaimsProviderTrust": {
                "Name": "Active Directory",
                "Identifier": "AD AUTHORITY",
                "AcceptanceTransformRules": "",
            },
            "Get-AdfsRelyingPartyTrust": [{"Identifier": ["urn:federation:MicrosoftOnline", "x"], "Enabled": True}],
        }
    )
    provider, party = host.adfs("trusts").values

    assert (provider.identifier, provider.acceptance_rules_seen) == ("AD AUTHORITY", True)
    assert (party.identifier, list(party.identifiers)[1], party.issuance_rules_seen) == (
        "urn:federation:MicrosoftOnline",
        "x",
        False,
    )


def test_one_of_the_two_trust_lists_alone_is_not_taken_for_all_trusts(folder):
    host = folder(adfs={"Get-AdfsClaimsProviderTrust": []})
    with pytest.raises(UnavailableError, match="Get-AdfsRelyingPartyTrust"):
        host.adfs("trusts")


def test_a_trust_whose_other_kind_was_not_listed_says_so(folder):
    host = folder(adfs={"Get-AdfsRelyingPartyTrust": [{"Identifier": ["urn:federation:MicrosoftOnline"]}]})
    [party] = host.adfs("trusts").values

    assert party.other_kind_not_listed
    assert party.identifier == "urn:federation:MicrosoftOnline"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("not-primary", NotApplicableError), ("denied", DeniedError), ("timeout", FailedError), (None, FailedError)],
)
def test_a_cmdlet_that_refused_is_reported_as_it_refused(folder, reason, kind):
    host = folder(adfs={"Errors": {"Get-AdfsProperties": {"Reason": reason, "Message": "PS0033"}}})
    with pytest.raises(kind) as caught:
        host.adfs("properties")
    assert type(caught.value) is kind
    assert "PS0033" in caught.value.detail


def test_a_secondary_says_whom_it_follows(folder):
    host = folder(
        adfs={
            "Get-AdfsSyncProperties": {
                "Role": "SecondaryComputer",
                "PrimaryComputerName": "STS01.contoso.com",
                "LastSyncStatus": 0,
                "LastSyncTime": "/Date(1531262826000)/",
                "PollDuration": 300,
                "PrimaryComputerPort": 80,
            }
        }
    )
    [value] = host.adfs("sync").values

    assert (value.role, value.primary_name, value.last_status) == (
        facts_pb2.SYNC_ROLE_SECONDARY,
        "STS01.contoso.com",
        0,
    )
    assert value.HasField("last_status")
    assert (value.last_sync.ToDatetime(UTC), value.poll.seconds) == (WHEN, 300)


def test_nodes_with_the_misspelt_heartbeat(folder):
    nodes = {
        "FQDN": "STS01.contoso.com",
        "BehaviorLevel": 4,
        "HeartbeatTmeStamp": "2018-07-10T22:47:06Z",
        "NodeType": "Primary",
    }
    [value] = folder(adfs={"Get-AdfsFarmInformation": {"FarmNodes": nodes}}).adfs("nodes").values

    assert (value.name, value.behavior_level, value.heartbeat.ToDatetime(UTC)) == ("STS01.contoso.com", 4, WHEN)


def test_a_proxy_tells_its_service_its_health_and_its_trust(folder):
    host = folder(
        wap={
            "Get-WebApplicationProxyConfiguration": {
                "ADFSUrl": "https://sts.contoso.com/adfs/ls",
                "ConnectedServersName": ["WAP02", "WAP01"],
            },
            "Get-WebApplicationProxyHealth": [
                {"Component": "AD FS Proxy", "HealthState": "Error", "Heuristics": [{"ErrorDesc": "no trust"}]},
                {"Component": "Web Application Proxy Core", "HealthState": "OK", "Heuristics": []},
            ],
            "ProxyService": {"HostName": "sts.contoso.com", "HostHttpsPort": 443, "TlsClientPort": 49443},
            "Get-WebApplicationProxyApplication": [],
            "ProxyTrustCertificates": {"Thumbprint": SHA1.upper(), "RawData": RAW, "HasPrivateKey": True},
        }
    )
    [value] = host.wap("configuration").values
    [trust] = host.wap("trust-certificates").values

    assert (value.federation_service_name, value.tls_client_port) == ("sts.contoso.com", 49443)
    assert (value.health_state, list(value.health_notes)) == ("Error", ["AD FS Proxy: no trust"])
    assert list(value.connected_servers) == ["WAP01", "WAP02"]
    assert host.wap("applications").values == ()
    assert (trust.certificate.sha1, trust.has_private_key) == (SHA1, YES)


def test_a_section_that_is_empty_was_looked_at_and_one_that_is_absent_was_not(folder):
    host = folder(host={"Listeners": []})

    assert host.listeners().values == ()
    with pytest.raises(UnavailableError, match="not-collected"):
        host.services()


def test_the_machine_and_how_it_resolves(folder):
    host = folder(
        host={
            "ComputerSystem": {
                "Name": "sts01",
                "DNSHostName": "sts01.contoso.com",
                "Domain": "contoso.com",
                "PartOfDomain": True,
            },
            "OperatingSystem": {"Version": "10.0.20348", "UBR": 2000, "LastBootUpTime": "/Date(1531262826000)/"},
            "Addresses": "10.0.0.1",
            "Resolutions": [
                {"Name": "other", "Addresses": [], "Error": "WSAHOST_NOT_FOUND"},
                {"Name": "STS.contoso.com", "Addresses": ["10.0.0.9"], "FromHostsFile": True},
            ],
        }
    )
    [value] = host.identity(["sts.contoso.com"]).values

    assert (value.computer_name, value.domain_joined, value.os_update_revision) == ("STS01", YES, 2000)
    assert list(value.addresses) == ["10.0.0.1"]
    first, second = value.resolutions
    assert (first.name, first.from_hosts_file, first.outcome) == ("STS.contoso.com", True, 1)
    assert second.outcome == facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME


def test_services_by_name_or_number_and_their_accounts_by_sid(folder):
    host = folder(
        host={
            "Services": [
                {
                    "Name": "adfssrv",
                    "State": "Running",
                    "StartMode": "Auto",
                    "StartName": "NT AUTHORITY\\NETWORK SERVICE",
                },
                {"Name": "drs", "State": 1, "StartMode": 4, "StartName": "NT SERVICE\\drs"},
            ]
        }
    )
    first, second = host.services().values

    assert (first.state, first.start, first.account_sid) == (1, 1, "S-1-5-20")
    assert (second.state, second.start) == (2, 3)
    assert second.account_sid.startswith("S-1-5-80-1321940109-")
    assert [a.context for a in host.accounts()] == [facts_pb2.CONTEXT_SYSTEM, facts_pb2.CONTEXT_NETWORK_SERVICE]


def test_proxies_are_each_account_s_own(folder):
    host = folder(
        host={
            "Contexts": [
                {"Context": "system", "Account": "SYSTEM", "Sid": "S-1-5-18"},
                {"Context": "adfs-service", "Account": "C\\gmsa$"},
            ],
            "Proxies": [
                {"Context": "adfs-service", "Source": "wininet", "ProxyServer": "p:8080", "ProxyBypass": "<local>;*.x"}
            ],
        }
    )
    system, service = host.accounts()
    [found] = host.proxy_settings(service).values

    assert host.proxy_settings(system).values == ()
    assert (found.proxy, list(found.bypass), found.direct) == ("p:8080", ["<local>", "*.x"], False)
    with pytest.raises(UnavailableError, match="not of caller"):
        host.proxy_settings(Account(context=facts_pb2.CONTEXT_CALLER, name="root"))


def test_schannel_settings_keep_numbers_and_texts_apart(folder):
    found = folder(host={"Schannel": {"SendTrustedIssuerList": 0, "Note": "x"}}).schannel_settings().values

    assert [(s.name, s.HasField("number"), s.text) for s in found] == [
        ("SendTrustedIssuerList", True, ""),
        ("Note", False, "x"),
    ]


def test_the_tenant_s_authorities_and_domains(tmp_path):
    (tmp_path / "entra.json").write_text(
        json.dumps(
            {
                "certificateBasedAuthConfiguration": {
                    "value": [
                        {
                            "certificateAuthorities": [
                                {
                                    "isRootAuthority": True,
                                    "certificate": RAW,
                                    "certificateRevocationListUrl": "http://pki/ca.crl",
                                },
                            ]
                        }
                    ]
                },
                "certificateBasedAuthConfigurations": {
                    "value": [
                        {
                            "displayName": "New",
                            "certificateAuthorities": [
                                {
                                    "certificateAuthorityType": "intermediate",
                                    "thumbprint": "AB" * 20,
                                    "deltacertificateRevocationListUrl": "http://d",
                                },
                            ],
                        }
                    ]
                },
                "domains": {
                    "value": [
                        {"id": "Contoso.com", "authenticationType": "Federated", "isVerified": True},
                        {"id": "m.com"},
                    ]
                },
                "federationConfiguration": {
                    "contoso.com": {
                        "value": [{"issuerUri": "http://x/", "promptLoginBehavior": None, "signingCertificate": RAW}]
                    },
                    "m.com": {"error": {"code": "Request_ResourceNotFound", "message": "no"}},
                },
            }
        )
    )
    host = EvidenceHost(tmp_path)
    classic, pki = host.entra("authorities").values
    federated, managed = host.entra("domains").values

    assert (classic.certificate.sha1, classic.root, classic.crl_url) == (SHA1, YES, "http://pki/ca.crl")
    assert (pki.root, pki.container, pki.delta_crl_url) == (NO, "New", "http://d")
    assert (federated.name, federated.prompt_login, federated.signing_certificate.sha1) == (
        "contoso.com",
        facts_pb2.PROMPT_LOGIN_NOT_SET,
        SHA1,
    )
    assert (managed.name, managed.issuer_uri) == ("m.com", "")


def test_a_tenant_that_refused_to_answer_is_denied(tmp_path):
    refused = {"error": {"code": "Authorization_RequestDenied", "message": "no"}}
    (tmp_path / "entra.json").write_text(json.dumps({"certificateBasedAuthConfiguration": refused}))
    with pytest.raises(DeniedError):
        EvidenceHost(tmp_path).entra("authorities")


def test_no_tenant_file_does_not_apply(tmp_path):
    with pytest.raises(NotApplicableError, match="no-tenant-file"):
        EvidenceHost(tmp_path).entra("domains")


@pytest.mark.parametrize(
    "body", ["{", '{"a": [}', "[" * 100_000, "[]", '"x"', "\x00\x01", '{"a": 1' + "0" * 5000 + "}"]
)
def test_what_is_no_json_object_is_unknown_and_says_where(tmp_path, body):
    (tmp_path / "STS01_host.json").write_text(body)
    with pytest.raises(FailedError) as caught:
        EvidenceHost(tmp_path).listeners()
    assert caught.value.source.startswith("evidence:STS01_host.json")


def test_a_file_over_the_limit_is_refused_unread(tmp_path):
    with (tmp_path / "STS01_49443.txt").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(FailedError, match="too-large"):
        EvidenceHost(tmp_path, "STS01").url_reservations()


def test_files_of_another_server_are_not_taken_for_this_one_s(tmp_path):
    (tmp_path / "WAP02_49443.txt").write_text("URL\n-----------------\n")
    with pytest.raises(UnavailableError) as caught:
        EvidenceHost(tmp_path, "wap01.contoso.com").url_reservations()
    assert caught.value.source == "evidence:WAP01_49443.txt"
    (tmp_path / "WAP01_49443.txt").write_text("URL\n-----------------\n")
    with pytest.raises(FailedError, match="several-computers"):
        EvidenceHost(tmp_path).url_reservations()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["/Date(1)/", RAW, "True", "\ud800", "a" * 40]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "value",
                    "Name",
                    "RawData",
                    "Thumbprint",
                    "Identifier",
                    "FQDN",
                    "ID",
                    "certificateAuthorities",
                    "error",
                    "code",
                    "issuerUri",
                    "id",
                    "Store",
                    "Context",
                    "Source",
                    "LocalPort",
                    "LocalAddress",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
SECTIONS = [
    "Get-AdfsProperties",
    "Get-AdfsCertificate",
    "Get-AdfsEndpoint",
    "Get-AdfsClaimsProviderTrust",
    "Get-AdfsSyncProperties",
    "Get-AdfsRelyingPartyTrust",
    "Get-AdfsFarmInformation",
    "Get-AdfsSslCertificate",
    "Errors",
    "ProxyTrustCertificates",
    "Get-WebApplicationProxyConfiguration",
    "Get-WebApplicationProxyHealth",
    "Listeners",
    "Services",
    "Proxies",
    "Schannel",
    "Certificates",
    "Crls",
    "Stores",
    "ComputerSystem",
    "Resolutions",
    "Clock",
    "Contexts",
    "Events",
    "UrlCache",
    "certificateBasedAuthConfiguration",
    "federationConfiguration",
    "domains",
    "value",
]


@example({"federationConfiguration": {"contoso.com": {"error": True}}})
@given(st.dictionaries(st.sampled_from(SECTIONS), JSON, max_size=8))
def test_no_json_makes_a_reader_fail_in_any_other_way(tmp_path_factory, document):
    """Any shape gives facts that can travel, or a reason."""
    folder = tmp_path_factory.mktemp("any")
    for name in ("STS01_adfs.json", "STS01_wap.json", "STS01_host.json", "entra.json"):
        (folder / name).write_text(json.dumps(document))
    host = EvidenceHost(folder, "STS01")
    account = Account(context=facts_pb2.CONTEXT_SYSTEM, name="x")
    questions = [
        lambda: host.identity([]),
        host.clock_offsets,
        lambda: host.store_certificates("ROOT"),
        lambda: host.store_crls("ROOT"),
        host.listeners,
        host.services,
        host.port_exclusions,
        host.schannel_settings,
        lambda: host.events("AD FS"),
        lambda: host.proxy_settings(account),
        lambda: host.url_cache(account),
        host.tls_bindings,
        *(
            lambda p=p: host.adfs(p)
            for p in (
                "properties",
                "global-policy",
                "sync",
                "authentication-providers",
                "endpoints",
                "certificates",
                "trusts",
                "nodes",
            )
        ),
        *(lambda p=p: host.wap(p) for p in ("configuration", "applications", "trust-certificates")),
        *(lambda p=p: host.entra(p) for p in ("authorities", "domains")),
    ]
    for question in questions:
        try:
            for value in question().values:
                getattr(value, "message", value).SerializeToString()
        except NotObservedError:
            pass
    host.accounts()


@given(st.text(max_size=200))
def test_no_text_makes_the_json_reader_fail_in_any_other_way(body):
    with contextlib.suppress(FailedError):
        load(Text(name="x.json", text=body, encoding="utf-8"))


SECTIONS = {
    "Clock": lambda host: host.clock_offsets(),
    "Events": lambda host: host.events("AD FS"),
    "ExcludedPortRanges": lambda host: host.port_exclusions(),
    "Listeners": lambda host: host.listeners(),
    "Schannel": lambda host: host.schannel_settings(),
    "Services": lambda host: host.services(),
    "Certificates": lambda host: host.store_certificates("ROOT"),
    "Crls": lambda host: host.store_crls("ROOT"),
}


@pytest.mark.parametrize("held", ["no", 3, True, ["no"], [[]]])
@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_of_another_shape_is_unknown_and_not_empty(folder, section, held):
    """Passed over, it would say that nothing listens, no service runs, no certificate is there."""
    host = folder(host={section: held, "Stores": ["ROOT"]})

    with pytest.raises(FailedError, match="not-understood"):
        SECTIONS[section](host)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_that_is_null_was_looked_at(folder, section):
    assert SECTIONS[section](folder(host={section: None, "Stores": ["ROOT"]})).values == ()
