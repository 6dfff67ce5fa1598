"""One text at a time: what is replaced in it, and what stays because it names nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.report.redaction.gathered import Gatherer
from farmsight_collector.report.redaction.known import Known
from farmsight_collector.report.redaction.scanning import Scanner
from farmsight_collector.report.redaction.stand_ins import StandIns

DIRECTORY = "CN=CDP,CN=Public%20Key%20Services,CN=Services,CN=Configuration"
LIST = "?certificateRevocationList?base?objectClass=cRLDistributionPoint"
SERIAL = "1a2b3c4d5e6f7788"


def scanner() -> Scanner:
    stand_ins, known = StandIns(), Known()
    names = Gatherer(stand_ins, known)
    names.server("WAP01", "wap")
    names.server("STS01", "adfs")
    names.host("sts.contoso.com")
    names.host("wap01.contoso.com")
    names.domain("CONTOSO")
    names.domain("corp.contoso.com")
    names.issuer("CN=Contoso Issuing CA 1,OU=IT,O=Contoso\\, Ltd.,C=DE")
    names.user("CONTOSO\\gmsa-adfs$")
    names.user("alice.meyer@contoso.com")
    names.serial(SERIAL)
    names.url("http://pki.contoso.com/cdp/x.crl")
    names.trust("Payroll of the north")
    names.issuer("CN=[Prod] Rivendell Root")
    known.brand("contoso", "domain-1")
    return Scanner(stand_ins, known)


@pytest.fixture(scope="module")
def said():
    return scanner().said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WAP01 can't reach sts.contoso.com:49443", "wap-1 can't reach host-1.domain-1.example:49443"),
        ("wap01, WAP01$ and Wap01.contoso.com.", "wap-1, wap-1$ and wap-1.domain-1.example."),
        ("WAP01/WAP01_NETWORK SERVICE_SubCA.txt:40", "wap-1/wap-1_NETWORK SERVICE_SubCA.txt:40"),
        ("CN=Contoso Issuing CA 1,OU=IT is missing; is it there?", "CN=ca-1,OU=unit-1 is missing; is it there?"),
        ("O=Contoso\\, Ltd.,C=DE", "O=organisation-1,C=country-1"),
        ("http://pki.contoso.com/CertEnroll/Contoso%20Issuing%20CA%201(2)+.crl.",
         "http://host-2.domain-1.example/CertEnroll/ca-1(2)+.crl."),
        ("ContosoIssuingCA1.crl and contoso_issuing_ca_1", "ca-1.crl and ca-1"),
        (f"ldap:///CN=Contoso%20Issuing%20CA%201,{DIRECTORY},DC=contoso,DC=com{LIST}",
         f"ldap:///CN=ca-1,{DIRECTORY},DC=DOMAIN-1,DC=example{LIST}"),
        ("CN=x1,DC=contoso,DC=com", "CN=name-1,DC=DOMAIN-1,DC=example"),
        ("as CONTOSO\\gmsa-adfs$", "as DOMAIN-1\\account-1$"),
        ("alice.meyer@contoso.com signs in; bob@contoso.com does not",
         "user-1@domain-1.example signs in; user-2@domain-1.example does not"),
        ("10.1.2.3 and 10.1.2.9, not 10.1.3.9 or 127.0.0.1 or 0.0.0.0",
         "net-1.3 and net-1.9, not net-2.9 or 127.0.0.1 or 0.0.0.0"),
        ("[2001:db8:1:2::21]:443 and [::]:443", "[net6-1::at-1]:443 and [::]:443"),
        ("S-1-5-21-1-2-3-1107 but not S-1-5-20", "S-1-5-21-domain-sid-1-1107 but not S-1-5-20"),
        ("tenant 72f988bf-86f1-41af-91ab-2d7cd011db47", "tenant 00000000-0000-0000-0000-000000000001"),
        ("appid='{5d89a20c-beab-4389-9447-324788eb944a}'", "appid='{5d89a20c-beab-4389-9447-324788eb944a}'"),
        ("\\\\files.contoso.com\\share\\x y", "\\\\host-3.domain-1.example\\path-1 y"),
        ("C:\\Users\\alice.meyer\\a.cer", "C:\\Users\\user-1\\a.cer"),
        ("found [Prod] Rivendell Root: ok, CN=[Prod] Rivendell Root", "found [ca-2: ok, CN=ca-2"),
        ("the trust Payroll of the north", "the trust trust-1"),
        ("https://login.microsoftonline.com/contoso.com/?whr=fabrikam.com&user=a@fabrikam.com",
         "https://login.microsoftonline.com/domain-1.example/?whr=domain-2.example&user=user-2@domain-2.example"),
        ('@RuleName = "Staff of Rivendell" c:[Type == "http://schemas.microsoft.com/x"] => issue(Value = "true");',
         '@RuleName = "text-1" c:[Type == "http://schemas.microsoft.com/x"] => issue(Value = "true");'),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)  # fmt: skip
def test_names_are_replaced_in_every_shape(text: str, expected: str) -> None:
    assert scanner().said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"serial {SERIAL}",
        f"serial 0x{SERIAL}",
        f"serial {SERIAL.upper()}",
        "serial 1a:2b:3c:4d:5e:6f:77:88",
        "serial 1A 2B 3C 4D 5E 6F 77 88",
        f"serial {int(SERIAL, 16)}",
    ],
)
def test_a_serial_number_is_the_same_in_all_its_spellings(text: str) -> None:
    assert scanner().said(text) == "serial serial-1"


@pytest.mark.parametrize("text", ["88776f5e4d3c2b1a", "88:77:6F:5E:4D:3C:2B:1A", "88 77 6f 5e 4d 3c 2b 1a"])
def test_a_serial_number_turned_around_is_told_as_such(said, text: str) -> None:
    assert said(text) == "serial-1-reversed"


@pytest.mark.parametrize(
    "text",
    [
        "http.sys builds the client's chain from local stores and does not fetch missing CAs",
        "Set-AdfsProperties (Get-AdfsSslCertificate).CertificateHash $rule.Id [System.Net.Dns]",
        "https://login.microsoftonline.com/common/oauth2 and ctldl.windowsupdate.com",
        'c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/x509"]',
        "NT SERVICE\\adfssrv, NT AUTHORITY\\NETWORK SERVICE, S-1-5-80-2246541699-21809830-3603976364-117610243-97569",
        "application_policies 1.3.6.1.5.5.7.3.2, 1.3.6.1.4.1.311.20.2.2; 0x80092013; 10.0.20348.2849",
        "Cert:\\LocalMachine\\AdfsTrustedDevices and HKLM:\\SYSTEM\\CurrentControlSet",
        "urn:federation:MicrosoftOnline, Microsoft Office 365 Identity Platform",
        "store.issuing-ca-missing STORE-03 2026-11-23 10:00Z, as it is",
    ],
)
def test_what_names_nobody_stays_word_for_word(said, text: str) -> None:
    assert said(text) == text


def test_certauth_stays_before_the_farms_name(said) -> None:
    assert said("certauth.sts.contoso.com") == "certauth.host-1.domain-1.example"
    assert said("enterpriseregistration.contoso.com") == "enterpriseregistration.domain-1.example"


def test_a_tenants_own_domain_is_replaced_before_the_public_part() -> None:
    assert scanner().said("contoso.onmicrosoft.com") == "tenant-1.onmicrosoft.com"


def test_a_name_within_a_word_that_nobody_listed_goes_too(said) -> None:
    assert "contoso" not in said("svc-ContosoBackup and mycontoso2").lower()


@given(st.text(max_size=200))
def test_any_text_comes_through_without_an_error_and_twice_the_same(text: str) -> None:
    one = scanner()
    assert one.said(text) == one.said(text)


@given(st.text(alphabet="CN=O,. \\@:/%-_0123456789abcdefWAP01contoso$()[]+*'\"\n", max_size=300))
def test_texts_of_such_pieces_never_tell_the_server(text: str) -> None:
    assert "contoso" not in scanner().said(text).lower()


def test_the_short_and_the_full_name_of_a_domain_have_one_number_and_other_domains_others() -> None:
    stand_ins = StandIns()

    assert [stand_ins.domain(one) for one in ("CONTOSO", "contoso.com", "contoso.local", "FABRIKAM")] == [
        "DOMAIN-1",
        "domain-1.example",
        "domain-2.example",
        "DOMAIN-3",
    ]
    assert stand_ins.host("x.fabrikam.co.uk") == "host-1.domain-3.example"


def test_very_many_names_are_no_trouble() -> None:
    stand_ins, known = StandIns(), Known()
    names = Gatherer(stand_ins, known)
    for n in range(20_000):
        names.host(f"host{n}.domain{n}.com")
        names.issuer(f"CN=Authority {n} of many,O=Company {n}")
    said = Scanner(stand_ins, known).said
    assert "domain19999" not in said("host19999.domain19999.com and CN=Authority 19999 of many, Company 7")
    assert sum(1 for _ in stand_ins.items()) > 60_000
