"""Lists of properties, in the widths, versions and cultures that consoles have."""

import contextlib

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import adfs, entra, wap
from farmsight_agent.hosts.evidence.documents.excerpts import Excerpt
from farmsight_agent.hosts.evidence.powershell import document
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.powershell_printed import format_list

YES, NO = facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO
METHODS = [
    "urn:ietf:rfc:2246",
    "urn:oasis:names:tc:SAML:1.0:am:X509-PKI",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:X509",
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/tlsclient",
]
FORMS = {
    "AdminName": "Forms Authentication",
    "AllowedForPrimaryExtranet": True,
    "AllowedForPrimaryIntranet": False,
    "AllowedForAdditionalAuthentication": False,
    "AuthenticationMethods": METHODS[:1],
    "Descriptions": [],
    "Name": "FormsAuthentication",
    "IsCustom": False,
}
CERTIFICATE = FORMS | {
    "AdminName": "Certificate Authentication",
    "AllowedForPrimaryExtranet": False,
    "AuthenticationMethods": METHODS,
    "Name": "CertificateAuthentication",
}
ENDPOINT = {
    "ClientCredentialType": "Certificate",
    "Enabled": True,
    "FullUrl": "https://sts.corporate-identity.emea.contoso.com:49443/adfs/services/trust/2005/certificatetransport",
    "Proxy": False,
    "Protocol": "WS-Trust 2005",
    "SecurityMode": "Transport",
    "AddressPath": "/adfs/services/trust/2005/certificatetransport",
    "Version": "default",
}


def read(body, name="STS01_x.txt"):
    return document.read(Text(name=name, text=body))


def rows(body, name, file="STS01_x.txt"):
    return read(body, file)[name]


def part(body, which, reader=adfs, file="STS01_x.txt"):
    return reader.part(read(body, file), which, lambda _data: b"").values


@pytest.mark.parametrize("width", [60, 79, 80, 100, 119, 120, 1000])
@pytest.mark.parametrize("more", ["...", "\u2026"])  # Windows PowerShell; PowerShell 7
def test_a_list_says_the_same_at_any_width(width, more):
    body = "PS C:\\> Get-AdfsAuthenticationProvider\n" + format_list(FORMS, CERTIFICATE, width=width, more=more)
    first, second = part(body, "authentication-providers")

    assert (first.name, first.admin_name, first.primary_extranet) == (
        "FormsAuthentication",
        "Forms Authentication",
        YES,
    )
    assert (second.name, second.primary_extranet, second.additional) == ("CertificateAuthentication", NO, NO)
    assert list(second.methods) == METHODS[:4]


@pytest.mark.parametrize("width", [50, 79, 80, 120])
def test_an_address_broken_in_the_middle_of_a_word_is_whole_again(width):
    [value] = part(format_list(ENDPOINT, width=width), "endpoints")

    assert value.full_url == ENDPOINT["FullUrl"]
    assert value.path == ENDPOINT["AddressPath"]
    assert (value.enabled, value.proxy, value.protocol) == (YES, NO, "WS-Trust 2005")


def test_a_collection_that_goes_on_is_not_taken_for_all_of_it():
    [row] = rows(format_list(CERTIFICATE), "Get-AdfsAuthenticationProvider")
    assert isinstance(row["AuthenticationMethods"], Excerpt)
    [row] = rows(format_list(CERTIFICATE, most=16), "Get-AdfsAuthenticationProvider")
    assert not isinstance(row["AuthenticationMethods"], Excerpt)


@pytest.mark.parametrize("asked", ["-AddressPath x", "| Where-Object {$_.Enabled}"])
def test_endpoints_that_were_picked_count_when_one_for_certificates_is_among_them(asked):
    echo = f"PS C:\\> Get-AdfsEndpoint {asked}\n"
    [value] = part(echo + format_list(ENDPOINT | {"Enabled": False}), "endpoints")
    assert value.enabled == NO
    with pytest.raises(UnavailableError, match="shows some only"):
        part(echo + format_list(ENDPOINT | {"AddressPath": "/adfs/ls/"}), "endpoints")


def test_each_row_names_the_line_that_it_begins_on():
    body = "PS C:\\> Get-AdfsAuthenticationProvider\n" + format_list(FORMS, CERTIFICATE)
    assert [row.source for row in rows(body, "Get-AdfsAuthenticationProvider")] == [
        "evidence:STS01_x.txt:4",
        "evidence:STS01_x.txt:13",
    ]


@pytest.mark.parametrize("more", ["...", "\u2026", "\u00e2\u20ac\u00a6", "\u00d4\u00c7\u00aa", "?", "\ufffd"])
def test_the_mark_of_what_is_not_shown_may_be_spoiled(more):
    body = format_list(
        {"PrimaryExtranetAuthenticationProvider": METHODS, "PrimaryIntranetAuthenticationProvider": []}, more=more
    )
    [row] = rows(body, "Get-AdfsGlobalAuthenticationPolicy")
    assert isinstance(row["PrimaryExtranetAuthenticationProvider"], Excerpt)
    assert row["PrimaryExtranetAuthenticationProvider"] == METHODS[:4]


@pytest.mark.parametrize("policy", ["{FormsAuthentication, WindowsAuthentication, a, b...}", "{FormsAuthentication, a"])
def test_providers_that_are_not_all_shown_do_not_say_that_certificates_are_not_offered(policy):
    body = f"PrimaryExtranetAuthenticationProvider : {policy}\nPrimaryIntranetAuthenticationProvider : {{}}\n\n"
    with pytest.raises(FailedError, match="truncated") as caught:
        part(body, "global-policy")
    assert caught.value.source == "evidence:STS01_x.txt:1"


def test_providers_that_are_not_all_shown_say_that_certificates_are_offered_when_they_are_among_them():
    body = (
        "PrimaryExtranetAuthenticationProvider : {FormsAuthentication, CertificateAuthentication, a, b...}\n"
        "PrimaryIntranetAuthenticationProvider : {}\n\n"
    )
    [value] = part(body, "global-policy")
    assert "CertificateAuthentication" in value.primary_extranet


def test_a_side_that_select_object_left_out_is_unknown_and_not_empty():
    """`| Select PrimaryExtranetAuthenticationProvider` says nothing of the intranet."""
    with pytest.raises(UnavailableError, match="PrimaryIntranetAuthenticationProvider is not shown"):
        part("PrimaryExtranetAuthenticationProvider : {FormsAuthentication}\n\n", "global-policy")


def test_records_without_a_blank_line_between_them_are_told_apart():
    body = format_list(FORMS, CERTIFICATE).replace("\n\n", "\n")
    assert [v.name for v in part(body, "authentication-providers")] == [
        "FormsAuthentication",
        "CertificateAuthentication",
    ]


@pytest.mark.parametrize("spacing", ["\n\n", "\r\r\n"])
def test_a_listing_with_a_blank_line_behind_every_line(spacing):
    """So web pages set it, and so it comes of a line end that was translated twice."""
    body = CERTIFICATES.format(begin="01.08.2024 15:57:51", end="01.08.2025 15:57:51").replace("\n", spacing)
    assert [v.type for v in part(body, "certificates")] == ["Token-Signing", "Service-Communications"]
    body = format_list(FORMS, CERTIFICATE, width=80).replace("\n", spacing)
    first, second = rows(body, "Get-AdfsAuthenticationProvider")
    assert (len(first), len(second)) == (len(FORMS), len(CERTIFICATE))
    assert (first.source, second.source) == ("evidence:STS01_x.txt:5", "evidence:STS01_x.txt:23")


def test_a_copy_that_lost_its_padding_is_told_by_known_names():
    body = "AdminName : Certificate Authentication\nAllowedForPrimaryExtranet : True\nSomethingNew : 1\n"
    body += "AllowedForPrimaryIntranet: False\nName : CertificateAuthentication\n"
    [value] = part(body + "\n", "authentication-providers")
    assert (value.name, value.primary_extranet, value.primary_intranet) == ("CertificateAuthentication", YES, NO)


def test_a_listing_indented_as_in_an_article_is_read_and_the_text_below_it_is_not():
    body = "    ".join(["", *format_list(CERTIFICATE).strip("\n").splitlines(keepends=True)])
    body += "\n    ```\n\n    1. Locate the **AdminName** entry : it is named so.\n    2. Verify it.\n"
    [row] = rows(body, "Get-AdfsAuthenticationProvider")
    assert (row["IsCustom"], len(row)) == ("False", len(CERTIFICATE))


def test_a_value_with_a_colon_in_it_is_no_property():
    body = format_list(ENDPOINT | {"Protocol": "WS-Trust : 2005"}, {"AddressPath": "/adfs/ls/", "Enabled": True})
    first, second = rows(body, "Get-AdfsEndpoint")
    assert (first["Protocol"], second["AddressPath"]) == ("WS-Trust : 2005", "/adfs/ls/")


def test_two_cmdlets_in_one_listing_are_told_by_their_properties_in_any_order():
    policy = {
        "PrimaryExtranetAuthenticationProvider": ["FormsAuthentication"],
        "PrimaryIntranetAuthenticationProvider": [],
    }
    sync = {"PollDuration": 300, "PrimaryComputerName": "STS01", "Role": "SecondaryComputer"}
    one, other = format_list(policy), format_list(sync)

    assert (
        read(one + other).keys()
        == read(other + one).keys()
        == {
            "Get-AdfsGlobalAuthenticationPolicy",
            "Get-AdfsSyncProperties",
        }
    )


CERTIFICATES = """
PS Cert:\\LocalMachine\\Root> Get-AdfsCertificate


Certificate     : [Subject]
                    CN=ADFS Signing - sts.contoso.com

                  [Issuer]
                    CN=ADFS Signing - sts.contoso.com

                  [Serial Number]
                    7B8A1B0D7FF00B8D44FDA36A3B4A4B6A

                  [Not Before]
                    {begin}

                  [Not After]
                    {end}

                  [Thumbprint]
                    5A4AE6D2F2164DDCAB1C156828F2594845533213

CertificateType : Token-Signing
IsPrimary       : True
StoreLocation   : CurrentUser
StoreName       : My
Thumbprint      : 5A4AE6D2F2164DDCAB1C156828F2594845533213

Certificate     : [Subject]
                    CN=sts.contoso.com, O=Contoso, S=WA, C=US

                  [Thumbprint]
                    0123456789ABCDEF0123456789ABCDEF01234567

CertificateType : Service-Communications
IsPrimary       : False
StoreLocation   : LocalMachine
StoreName       : My
Thumbprint      : 0123456789ABCDEF0123456789ABCDEF01234567

"""


@pytest.mark.parametrize(
    ("begin", "end", "told"),
    [
        ("01.08.2024 15:57:51", "01.08.2025 15:57:51", "2025-08-01"),  # German
        ("21/08/2024 15:57:51", "21/08/2025 15:57:51", "2025-08-21"),  # French
        ("2024/08/01 15:57:51", "2025/08/01 15:57:51", "2025-08-01"),  # Japanese
        ("8/21/2024 3:57:51 PM", "8/21/2025 3:57:51 PM", "2025-08-21"),
        ("1/8/2024 3:57:51 PM", "1/8/2025 3:57:51 PM", ""),  # January or August
        ("gestern", "morgen", ""),
    ],
)
def test_certificates_with_the_times_of_the_session_s_culture(begin, end, told):
    signing, other = part(CERTIFICATES.format(begin=begin, end=end), "certificates")

    assert (signing.type, signing.primary) == ("Token-Signing", YES)
    assert signing.certificate.sha1 == "5a4ae6d2f2164ddcab1c156828f2594845533213"
    assert signing.certificate.serial_number == "7b8a1b0d7ff00b8d44fda36a3b4a4b6a"
    assert (other.type, other.primary, other.certificate.subject) == (
        "Service-Communications",
        NO,
        "CN=sts.contoso.com,O=Contoso,ST=WA,C=US",
    )
    assert signing.certificate.HasField("not_after") is bool(told)
    if told:
        assert f"{signing.certificate.not_after.ToDatetime():%Y-%m-%d}" == told


@pytest.mark.parametrize(
    "time", ["4/8/2018 11:01:46 AM", "4/18/2018 11:01:46 AM", "18.04.2018 11:01:46", "\u5348\u524d"]
)
def test_a_time_that_is_judged_by_minutes_is_not_told_without_its_zone(time):
    body = format_list({"LastSyncStatus": 0, "LastSyncTime": time, "PollDuration": 300, "Role": "SecondaryComputer"})
    [value] = part(body, "sync")

    assert not value.HasField("last_sync")
    assert (value.role, value.last_status, value.poll.seconds) == (facts_pb2.SYNC_ROLE_SECONDARY, 0, 300)


def test_nodes_by_their_names_and_types_that_stand_for_nodes_tell_none():
    farm = {"CurrentFarmBehavior": 4, "FarmNodes": ["STS01.contoso.com", "STS02.contoso.com"], "FarmRoles": []}
    assert [v.name for v in part(format_list(farm), "nodes")] == farm["FarmNodes"]
    farm["FarmNodes"] = ["Microsoft.IdentityServer.Management.Resources.FarmNode"]
    with pytest.raises(UnavailableError, match="FarmNodes is not shown"):
        part(format_list(farm), "nodes")
    with pytest.raises(UnavailableError, match="FarmNodes is not shown"):
        part("PS C:\\> Get-AdfsFarmInformation | fl CurrentFarmBehavior\n\nCurrentFarmBehavior : 4\n\n", "nodes")


def test_the_nodes_themselves_listed_one_by_one():
    nodes = [{"FQDN": f"STS0{n}.contoso.com", "BehaviorLevel": 4, "NodeType": "Primary"} for n in (1, 2)]
    body = "PS C:\\> (Get-AdfsFarmInformation).FarmNodes\n" + format_list(*nodes)
    assert [(v.name, v.behavior_level) for v in part(body, "nodes")] == [
        ("STS01.contoso.com", 4),
        ("STS02.contoso.com", 4),
    ]


def test_what_two_commands_show_of_one_object_is_put_together():
    body = "PS C:\\> Get-AdfsProperties | fl HostName,Identifier,TlsClientPort\n\nHostName      : sts.contoso.com\n"
    body += "Identifier    : http://sts.contoso.com/adfs/services/trust\nTlsClientPort : 49443\n\n"
    body += "PS C:\\> (Get-AdfsProperties).ClientCertRevocationCheck\nCheckChain\nPS C:\\> \n"
    [value] = part(body, "properties")

    assert (value.host_name, value.tls_client_port) == ("sts.contoso.com", 49443)
    assert value.client_certificate_revocation_check == "CheckChain"


def test_a_proxy_s_configuration_and_health():
    configuration = {"ADFSUrl": "https://sts.contoso.com/adfs/ls", "ConnectedServersName": ["WAP01.x", "WAP02.x"]}
    health = {"Component": "AD FS Proxy", "RemoteAccessServer": "WAP01", "HealthState": "Error", "Heuristics": []}
    [value] = part(format_list(configuration) + format_list(health), "configuration", wap)

    assert (value.federation_service_name, list(value.connected_servers)) == ("sts.contoso.com", ["WAP01.x", "WAP02.x"])
    assert value.health_state == "Error"


SETTINGS = {
    "ActiveLogOnUri": "https://sts.contoso.com/adfs/services/trust/2005/usernamemixed",
    "FederationBrandName": "Contoso",
    "IssuerUri": "http://contoso.com/adfs/services/trust/",
    "LogOffUri": "https://sts.contoso.com/adfs/ls/",
    "PassiveLogOnUri": "https://sts.contoso.com/adfs/ls/",
    "PromptLoginBehavior": None,
    "SigningCertificate": "MIIC" + "A" * 200,
    "SupportsMfa": None,
}


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ({}, facts_pb2.PROMPT_LOGIN_UNSPECIFIED),
        ({"PromptLoginBehavior": None}, facts_pb2.PROMPT_LOGIN_NOT_SET),
        ({"PromptLoginBehavior": "NativeSupport"}, facts_pb2.PROMPT_LOGIN_NATIVE),
        ({"PromptLoginBehavior": "TranslateToFreshPasswordAuth"}, facts_pb2.PROMPT_LOGIN_TRANSLATE),
        ({"PromptLoginBehavior": "2"}, facts_pb2.PROMPT_LOGIN_UNSPECIFIED),
    ],
)
def test_a_prompt_behaviour_that_is_empty_is_not_one_that_is_not_shown(shown, meant):
    kept = {name: value for name, value in SETTINGS.items() if name != "PromptLoginBehavior"} | shown
    [value] = part(format_list(kept), "domains", entra, "entra_federation_Contoso.com.txt")

    assert (value.name, value.prompt_login) == ("contoso.com", meant)
    assert value.signing_certificate.parse_error == "the certificate breaks off"
    assert value.signing_certificate.sha1 == ""


@pytest.mark.parametrize(
    "command",
    [
        "Get-MsolDomainFederationSettings -DomainName contoso.com",
        'PS C:\\> Get-MSOLDomainFederationSettings -DomainName "contoso.com" | Format-List *',
        "PS /home/me> Get-MgDomainFederationConfiguration -DomainId contoso.com | fl",
    ],
)
def test_the_domain_is_in_the_command(command):
    [value] = part(command + "\n" + format_list(SETTINGS), "domains", entra)
    assert (value.name, value.passive_sign_in_uri) == ("contoso.com", SETTINGS["PassiveLogOnUri"])


def test_settings_of_a_domain_that_nothing_names_are_unknown():
    with pytest.raises(FailedError, match="domain-not-said"):
        part(format_list(SETTINGS), "domains", entra)


CUT = format_list(FORMS, CERTIFICATE, width=100)


def test_a_listing_cut_anywhere_says_nothing_that_the_whole_one_does_not():
    whole = {v.name: v for v in part(CUT, "authentication-providers")}
    for at in range(len(CUT)):
        with contextlib.suppress(NotObservedError):
            for value in part(CUT[:at], "authentication-providers"):
                for field, shown in value.ListFields():
                    same = getattr(whole[value.name], field.name)
                    assert shown == same or (field.name == "methods" and list(shown) == list(same)[: len(shown)]), at


def test_a_listing_that_breaks_off_names_the_line():
    body = CUT[: CUT.rindex("AllowedForPrimaryIntranet")]
    with pytest.raises(FailedError) as caught:
        part(body, "authentication-providers")
    assert (caught.value.reason, caught.value.source) == ("truncated", "evidence:STS01_x.txt:3")
