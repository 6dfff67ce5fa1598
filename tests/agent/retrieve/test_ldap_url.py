"""LDAP URLs and filters: what CAs write, and what strangers may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.normalise import der
from farmsight_agent.retrieve import ldap_ber as ber
from farmsight_agent.retrieve.ldap_filter import encode
from farmsight_agent.retrieve.ldap_url import LdapUrl, parse_ldap

AD_CS = (
    "ldap:///CN=Contoso%20Issuing%20CA%201,CN=PKI01,CN=CDP,CN=Public%20Key%20Services,CN=Services,"
    "CN=Configuration,DC=contoso,DC=com?certificateRevocationList?base?objectClass=cRLDistributionPoint"
)


def test_the_url_that_ad_cs_writes_is_taken_apart():
    url = parse_ldap(AD_CS)

    assert (url.host, url.port, url.scope) == ("", 389, 0)
    assert url.dn.startswith("CN=Contoso Issuing CA 1,CN=PKI01,")
    assert url.attributes == ("certificateRevocationList",)
    assert url.filter == "objectClass=cRLDistributionPoint"
    assert url.at("dc1.contoso.com").text == AD_CS.replace("///", "//dc1.contoso.com/")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LDAP://DC1:3268/", ("DC1", 3268, "", (), 0)),
        ("ldaps://dc1", ("dc1", 636, "", (), 0)),
        ("ldap://user:secret@dc1/cn=x", ("dc1", 389, "cn=x", (), 0)),
        ("ldap://[2001:db8::1]:390/cn=x??sub", ("2001:db8::1", 390, "cn=x", (), 2)),
        ("ldap://dc1/CN=CA 1,DC=x?a,b;binary?ONE?(a=b)?x-ext", ("dc1", 389, "CN=CA 1,DC=x", ("a", "b;binary"), 1)),
        ("ldap://dc1/cn=%C3%A9%3F?%63ACertificate", ("dc1", 389, "cn=é?", ("cACertificate",), 0)),
        ("ldap://bücher.example/", ("xn--bcher-kva.example", 389, "", (), 0)),
    ],
)
def test_every_part_of_a_url_is_read(text, expected):
    url = parse_ldap(text)

    assert (url.host, url.port, url.dn, url.attributes, url.scope) == expected
    assert "secret" not in url.text


@pytest.mark.parametrize(
    "text",
    [
        "ldap:/cn=x",
        "ldap://?certificateRevocationList",
        "ldap://dc1:0/",
        "ldap://dc1:99999/",
        "ldap://dc1:port/",
        "ldap://dc 1/",
        "ldap://dc1\r\n/",
        "ldap://[::1/",
        "ldap://dc1/%ff",
        "ldap://dc1/cn=x%00y",
        "ldap://dc1/cn=x?a b",
        "ldap://dc1/cn=x?a?everything",
        "ldap://dc1/cn=x?a?base?(a=b)?!critical",
        "ldap://dc1/cn=x?" + ",".join("abcdefghi"),
        "http://dc1/",
        "",
    ],
)
def test_a_url_that_leads_nowhere_is_refused(text):
    with pytest.raises(ValueError):
        parse_ldap(text)


def octets(text: str) -> bytes:
    return ber.octets(text.encode())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(objectClass=*)", ber.tlv(0x87, b"objectClass")),
        ("objectClass=pkiCA", ber.tlv(0xA3, octets("objectClass") + octets("pkiCA"))),
        (r"(cn=a\2ab\c3\a9)", ber.tlv(0xA3, octets("cn") + octets("a*bé"))),
        ("(n>=5)", ber.tlv(0xA5, octets("n") + octets("5"))),
        ("(n<=5)", ber.tlv(0xA6, octets("n") + octets("5"))),
        ("(n~=5)", ber.tlv(0xA8, octets("n") + octets("5"))),
        ("(!(a=*))", ber.tlv(0xA2, ber.tlv(0x87, b"a"))),
        ("(&(a=*)(|(b=*)(c=*)))", bytes.fromhex("a00b 8701 61 a106 870162 870163")),
        ("(a=x*y*z)", ber.tlv(0xA4, octets("a") + ber.tlv(0x30, bytes.fromhex("800178 810179 82017a")))),
        ("(a=*y*)", ber.tlv(0xA4, octets("a") + ber.tlv(0x30, bytes.fromhex("810179")))),
    ],
)
def test_a_filter_is_encoded_as_the_standard_has_it(text, expected):
    assert encode(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "(", "()", "(a)", "(a=b", "(a=b))", "(a=b)(c=d)", "(&)", "(!(a=b)(c=d))", "(a=\\zz)", "(a=**)", "(a:=b)"),
        "(!" * 20 + "(a=b)" + ")" * 20,
        "(a=" + "b" * 3000 + ")",
    ],
)
def test_a_broken_or_endless_filter_is_refused(text):
    with pytest.raises(ValueError):
        encode(text)


@given(st.text(max_size=200))
def test_any_text_is_a_url_or_refused(text):
    try:
        url = parse_ldap(f"ldap://{text}")
    except ValueError:
        return
    assert isinstance(url, LdapUrl)
    assert url.text.isascii()


@given(st.text(alphabet="()&|!=*\\abc0f><~", max_size=60))
def test_any_text_is_a_filter_or_refused(text):
    try:
        data = encode(text)
    except ValueError:
        return
    assert der.element(data, 0, len(data)).end == len(data)


@given(st.binary(max_size=200))
def test_any_message_is_read_or_refused(data):
    try:
        number, one = ber.operation(data)
        for _, values in ber.attributes(data, one):
            list(der.children(data, values))
        ber.result(data, one)
    except der.DerError:
        return
    assert isinstance(number, int)
