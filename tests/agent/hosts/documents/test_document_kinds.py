"""Which kind of document a JSON value is, and the sections in it."""

import base64
import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import adfs, entra, kinds
from farmsight_agent.hosts.evidence.documents.located import load_any
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certificates import CERTIFICATE, SHA1

VECTORS = Path(__file__).parents[3] / "vectors" / "evidence"
RAW = base64.b64encode(CERTIFICATE).decode()
ENDPOINT = {"AddressPath": "/adfs/ls/", "Enabled": True, "Proxy": False, "FullUrl": "https://sts/adfs/ls/"}
AUTHORITY = {
    "AuthorityType": 1,
    "CrlDistributionPoint": "http://pki.contoso.com/ca.crl",
    "DeltaCrlDistributionPoint": None,
    "TrustedCertificate": RAW,
    "TrustedIssuer": "CN=Contoso Issuing CA",
    "TrustedIssuerSki": "AB" * 20,
}
KINDS = {
    "farmsight-facts": [{"schema": "farmsight.facts/1", "facts": []}],
    "sections": [
        {"Computer": "STS01", "Get-AdfsProperties": {"HostName": "x"}},
        {"ComputerSystem": {"Name": "STS01"}, "Services": []},
        {"Errors": {"Get-AdfsProperties": {"Reason": "denied"}}},
        {"Get-AdfsRelyingPartyTrust": []},
    ],
    "toolbox": [
        {"ADFSToolbox": {"Test-AdfsServerHealth": {"AllTests": []}}, "Version": "1"},
        {"AllTests": [{"Name": "IsAdfsRunning", "Result": 0, "Output": {}}]},
    ],
    "tenant": [
        {"certificateBasedAuthConfiguration": {"value": []}},
        {"domains": {"value": []}},
        {"value": [{"issuerUri": "x"}]},
        {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#domains", "value": []},
        {"issuerUri": "x", "id": "1"},
        [{"id": "contoso.com", "authenticationType": "Federated"}],
    ],
    "cmdlet": [
        [ENDPOINT, ENDPOINT],
        ENDPOINT,
        {"value": [ENDPOINT], "Count": 1},
        AUTHORITY,
        {"Role": "PrimaryComputer"},
        [{"HostName": "sts", "PortNumber": 443, "CertificateHash": "AB" * 20}],
        {"Id": "contoso.com", "AuthenticationType": "Federated", "IsVerified": True},
        {"HostName": "sts", "HostHttpsPort": 443, "TlsClientPort": 49443},
    ],
    "sslcert-json": [{"SslCertificateBindings": []}],
    None: [
        {}, [], [1], {"a": 1}, {"value": []}, "x", None, 3, [{"Name": "x"}], [ENDPOINT, 1],
        {"Name": "W32Time", "Status": 4},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value"),
    [pytest.param(kind, one, id=f"{kind}-{n}") for kind, some in KINDS.items() for n, one in enumerate(some)],
)
def test_a_document_is_told_by_its_structure(kind, value):
    assert kinds.classify(value) == kind


def document(value, name="x.json"):
    text = Text(name=name, text=json.dumps(value, indent=1))
    return kinds.as_document(load_any(text), text)


def values(value, part, reader=adfs, name="x.json"):
    return reader.part(document(value, name), part, lambda data: b"d" * 32).values


@pytest.mark.parametrize("path", sorted(VECTORS.glob("graph_*_list.json")), ids=lambda path: path.stem)
def test_a_bare_answer_of_graph_gets_its_name(path):
    text = Text(name="x.json", text=path.read_text())
    assert kinds.as_document(load_any(text), text).keys() & {
        "certificateBasedAuthConfiguration",
        "certificateBasedAuthConfigurations",
        "federationConfiguration",
    }


def test_a_bare_answer_without_rows_is_known_by_its_context():
    context = "https://graph.microsoft.com/v1.0/$metadata#organization('1')/certificateBasedAuthConfiguration"
    assert values({"@odata.context": context, "value": []}, "authorities", entra) == ()


def test_federation_settings_in_a_bare_answer_are_of_the_domain_in_the_file_s_name():
    [found] = values({"value": [{"issuerUri": "x"}]}, "domains", entra, "entra_federation_Contoso.com.json")
    assert (found.name, found.issuer_uri) == ("contoso.com", "x")
    with pytest.raises(FailedError, match="domain-not-said"):
        values({"value": [{"issuerUri": "x"}]}, "domains", entra)


def test_rows_of_one_cmdlet_as_a_list_as_one_object_or_wrapped():
    for value in (ENDPOINT, [ENDPOINT], {"value": [ENDPOINT], "Count": 1}):
        [found] = values(value, "endpoints")
        assert (found.path, found.enabled, found.proxy) == (
            "/adfs/ls/",
            facts_pb2.TRISTATE_YES,
            facts_pb2.TRISTATE_NO,
        )


@pytest.mark.parametrize(
    "cut",
    ["System.Object[]", "@{FQDN=STS01; NodeType=Primary}", ["Microsoft.IdentityServer.Management.Resources.FarmNode"]],
)
def test_what_the_depth_of_the_json_cut_off_is_unknown_and_not_empty(cut):
    with pytest.raises(UnavailableError, match="FarmNodes is not shown"):
        values({"CurrentFarmBehavior": 4, "FarmNodes": cut}, "nodes")
    policy = {"PrimaryExtranetAuthenticationProvider": cut, "PrimaryIntranetAuthenticationProvider": []}
    with pytest.raises(UnavailableError, match="PrimaryExtranetAuthenticationProvider is not shown"):
        values({"Get-AdfsGlobalAuthenticationPolicy": policy}, "global-policy")


@pytest.mark.parametrize("name", ["Get-AzureADTrustedCertificateAuthority", "Get-EntraTrustedCertificateAuthority"])
def test_authorities_of_the_older_cmdlets_with_their_certificates(name):
    second = AUTHORITY | {"AuthorityType": "RootAuthority", "TrustedCertificate": list(CERTIFICATE)}
    first, root = values({name: [AUTHORITY, second]}, "authorities", entra)

    assert (first.root, first.crl_url, first.certificate.sha1) == (
        facts_pb2.TRISTATE_NO,
        "http://pki.contoso.com/ca.crl",
        SHA1,
    )
    assert (root.root, root.certificate.sha1) == (facts_pb2.TRISTATE_YES, SHA1)


@pytest.mark.parametrize(
    "held", [None, "System.Byte[]", RAW[:80], [48, 130, 1]], ids=["none", "type", "base64", "numbers"]
)
def test_an_authority_whose_certificate_is_not_all_there_is_known_by_its_key(held):
    [found] = values([AUTHORITY | {"TrustedCertificate": held}], "authorities", entra)

    assert found.certificate.sha1 == ""
    assert found.certificate.subject_key_identifier == "ab" * 20
    assert (found.certificate.subject, found.certificate.issuer) == ("CN=Contoso Issuing CA", "")


def test_the_tenant_s_own_answer_counts_more_than_the_older_cmdlet():
    answer = {"value": [{"certificateAuthorities": [{"isRootAuthority": True, "certificate": RAW}]}]}
    both = {"certificateBasedAuthConfiguration": answer, "Get-EntraTrustedCertificateAuthority": [AUTHORITY]}
    assert [v.root for v in values(both, "authorities", entra)] == [facts_pb2.TRISTATE_YES]


def test_a_cmdlet_that_is_no_longer_there_says_so():
    refused = {"Errors": {"Get-AzureADTrustedCertificateAuthority": {"Reason": "no-such-command", "Message": "x"}}}
    with pytest.raises(FailedError, match="no-such-command"):
        values(refused, "authorities", entra)


def test_domains_from_the_graph_module_and_their_signing_certificate():
    rows = {
        "Get-MgDomain": [{"Id": "Contoso.com", "AuthenticationType": "Federated", "IsVerified": True}],
        "Get-MgDomainFederationConfiguration": [
            {"DomainName": "contoso.com", "PassiveSignInUri": "https://sts/adfs/ls/", "SigningCertificate": RAW}
        ],
        "Get-MsolFederationProperty": [
            {
                "DomainName": "contoso.com",
                "Source": "ADFS Server",
                "TokenSigningCertificate": {"Thumbprint": "CD" * 20},
            },
            {
                "DomainName": "contoso.com",
                "Source": "Microsoft Office 365",
                "TokenSigningCertificate": {"Thumbprint": SHA1.upper()},
                "NextTokenSigningCertificate": {"Thumbprint": "EF" * 20},
            },
        ],
    }
    [found] = values(rows, "domains", entra)

    assert (found.name, found.authentication_type, found.verified) == (
        "contoso.com",
        "Federated",
        facts_pb2.TRISTATE_YES,
    )
    assert found.signing_certificate.sha1 == SHA1
    assert found.signing_certificate.blob_sha256
    assert found.next_signing_certificate.sha1 == "ef" * 20
    assert found.prompt_login == facts_pb2.PROMPT_LOGIN_UNSPECIFIED


@pytest.mark.parametrize(
    "trusts", [{}, {"Get-AdfsRelyingPartyTrust": {"Name": "Microsoft Office 365 Identity Platform"}}]
)
def test_a_trust_without_identifier_is_known_by_its_name(trusts):
    parties = trusts.get("Get-AdfsRelyingPartyTrust", [])
    found = values(
        {"Get-AdfsClaimsProviderTrust": {"Name": "Active Directory"}, "Get-AdfsRelyingPartyTrust": parties}, "trusts"
    )
    assert [v.identifier for v in found] == [""] * len(found)
    assert found[0].name == "Active Directory"


def test_a_trust_with_neither_is_none():
    with pytest.raises(FailedError, match="Identifier and Name"):
        values({"Get-AdfsClaimsProviderTrust": {"Enabled": True}, "Get-AdfsRelyingPartyTrust": []}, "trusts")


NAMES = st.sampled_from(
    ["value", "schema", "Name", "Identifier", "AllTests", "Output", "SSLBindings", "ADFSToolbox", "Adfs-Configuration",
     "Test-AdfsServerHealth", "Detail", "issuerUri", "@odata.context", "certificateAuthorities", "AddressPath", "FQDN",
     "TrustedIssuer", "TrustedCertificate", "CrlDistributionPoint", "Get-AdfsProperties", "Errors", "Services",
     "TokenSigningCertificate", "DomainName", "IssuerUri", "SigningCertificate", "Get-MsolDomain", "Role", "Source",
     "ComputerName", "x509Certificate", "featureRolloutPolicies", "certificateBasedAuthConfigurations", "state"]
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["x", "True", RAW, "System.Object[]", "@{a=1}", "0" * 40]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_no_json_makes_a_document_fail_in_any_other_way(value):
    kinds.classify(value)
    try:
        made = document(value)
    except NotObservedError:
        return
    for reader, parts in (
        (adfs, ("certificates", "trusts", "nodes", "properties")),
        (entra, ("authorities", "domains", "pki-store", "certificate-policy", "rollouts")),
    ):
        for part in parts:
            with contextlib.suppress(NotObservedError):
                for found in reader.part(made, part, lambda _data: b"").values:
                    found.SerializeToString()


def test_json_that_is_nested_without_end_is_not_understood():
    value = []
    for _ in range(100_000):
        value = [value]
    assert kinds.classify({"Get-AdfsProperties": value}) == "sections"
    text = Text(name="x.json", text="")
    with pytest.raises(FailedError, match="nested too deeply"):
        kinds.as_document({"Get-AdfsProperties": value}, text)
