"""Cmdlets' text in an evidence folder, beside JSON and beside other text."""

import json

import pytest

from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.outcome import FailedError, NotApplicableError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.powershell_printed import error, format_list, format_table

RULES = 'c:[Type == "urn:a"] => issue(claim = c);'
POLICY = {"PrimaryExtranetAuthenticationProvider": ["FormsAuthentication"], "PrimaryIntranetAuthenticationProvider": []}
AUTHORITY = {
    "AuthorityType": "RootAuthority",
    "CrlDistributionPoint": "http://pki.contoso.com/root.crl",
    "DeltaCrlDistributionPoint": None,
    "TrustedCertificate": [48, 130, 3, 4, 5],
    "TrustedIssuer": "CN=Contoso Root CA",
    "TrustedIssuerSki": "AB" * 20,
}


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, body in files.items():
            kind = "json" if isinstance(body, dict | list) else "txt"
            text = json.dumps(body) if kind == "json" else body
            (tmp_path / f"{name}.{kind}").write_text(text, encoding="utf-16" if kind == "txt" else "utf-8")
        return EvidenceHost(tmp_path, "STS01")

    return write


def test_the_article_s_three_commands_and_the_tenant_s_two(folder):
    provider = {"AdminName": "Certificate Authentication", "AllowedForPrimaryExtranet": False}
    host = folder(
        STS01_authprovider=format_list(provider | {"Name": "CertificateAuthentication"}),
        STS01_claimstrust='PS C:\\> Get-AdfsClaimsProviderTrust -Name "Active Directory"\n' + RULES + "\n",
        STS01_rptrust=RULES + "\n",
        entra_trustedca=format_list(AUTHORITY),
        **{"entra_federation_contoso.com": format_list({"IssuerUri": "urn:x", "PromptLoginBehavior": None})},
    )
    [seen] = host.adfs("authentication-providers").values
    trusts = host.adfs("trusts").values
    [authority], [domain] = host.entra("authorities").values, host.entra("domains").values

    assert seen.primary_extranet == facts_pb2.TRISTATE_NO
    assert [t.name for t in trusts] == ["Active Directory", "Microsoft Office 365 Identity Platform"]
    assert authority.certificate.subject_key_identifier == "ab" * 20
    assert (domain.name, domain.prompt_login) == ("contoso.com", facts_pb2.PROMPT_LOGIN_NOT_SET)


def test_json_that_answers_counts_more_than_text_that_breaks_off_or_was_refused(folder):
    refusal = error("Get-AdfsGlobalAuthenticationPolicy", "x", "PermissionDenied: (:) [], X", "x")
    host = folder(STS01_adfs={"Get-AdfsGlobalAuthenticationPolicy": POLICY}, STS01_policy=refusal)
    assert list(host.adfs("global-policy").values[0].primary_extranet) == ["FormsAuthentication"]


def test_bare_answers_of_graph_in_files_of_their_own_do_not_mix(folder):
    host = folder(
        cas={"value": [{"certificateAuthorities": [{"thumbprint": "AB" * 20, "isRootAuthority": True}]}]},
        doms={"value": [{"id": "contoso.com", "authenticationType": "Federated"}]},
    )
    assert [v.certificate.sha1 for v in host.entra("authorities").values] == ["ab" * 20]
    assert [v.name for v in host.entra("domains").values] == ["contoso.com"]


def test_a_transcript_of_many_commands(folder):
    sync = "\n\nRole\n----\nSecondaryComputer\n\n\n"
    refusal = error("Get-AdfsProperties", "PS0033: sekundär", "OpenError: (:) [Get-AdfsProperties], X", "PS0033")
    row = {"HostName": "sts.contoso.com", "PortNumber": 49443, "CertificateHash": "AB" * 20}
    host = folder(
        STS01_authprovider=format_list({"AdminName": "Forms", "Name": "FormsAuthentication"}),
        STS01_session=f"PS C:\\> Get-AdfsSyncProperties{sync}PS C:\\> Get-AdfsProperties\n{refusal}\n"
        f"PS C:\\> Get-AdfsSslCertificate{format_table(row, right={'PortNumber'})}PS C:\\> exit\n",
    )
    [role], [binding] = host.adfs("sync").values, host.tls_bindings().values

    assert role.role == facts_pb2.SYNC_ROLE_SECONDARY
    assert (binding.host, binding.port) == ("sts.contoso.com", 49443)
    with pytest.raises(NotApplicableError, match="not-primary"):
        host.adfs("properties")
    with pytest.raises(UnavailableError):
        host.adfs("endpoints")


def test_text_that_promises_what_it_does_not_hold_is_unknown(folder):
    host = folder(STS01_authprovider="Zugriff verweigert\n\nversuchen Sie es erneut\nspäter\n")
    with pytest.raises(FailedError, match="not-understood") as caught:
        host.adfs("authentication-providers")
    assert caught.value.source.startswith("evidence:STS01_authprovider.txt")
