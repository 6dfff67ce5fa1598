"""Names are compared as RFC 5280 7.1 says, and no bytes break the comparison."""

import contextlib

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.pki import der, names
from tests.fakes.pki import ISSUING, ROOT


def name(text: str, kind: _ASN1Type = _ASN1Type.UTF8String, oid: x509.ObjectIdentifier = NameOID.COMMON_NAME) -> bytes:
    return x509.Name([x509.NameAttribute(oid, text, _type=kind)]).public_bytes()


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (name("Contoso CA"), name("Contoso CA", _ASN1Type.PrintableString), True),
        (name("Contoso CA"), name("CONTOSO ca"), True),
        (name("Contoso CA"), name("  Contoso   CA "), True),
        (name("Stra\u00dfe"), name("STRASSE"), True),
        (name("Contoso CA"), name("Contoso CA", _ASN1Type.BMPString), True),
        (name("Contoso CA"), name("ContosoCA"), False),
        (name("Contoso"), name("Contoso", oid=NameOID.ORGANIZATION_NAME), False),
    ],
    ids=["encoding", "case", "spaces", "folding", "BMPString", "other text", "other attribute"],
)
def test_when_two_names_are_one(one: bytes, other: bytes, equal: bool) -> None:
    assert names.same(one, other) is equal


def test_order_counts_between_relative_names_and_not_within_one() -> None:
    one, two = x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "b")

    def encoded(*rdns: list[x509.NameAttribute]) -> bytes:
        return x509.Name([x509.RelativeDistinguishedName(rdn) for rdn in rdns]).public_bytes()

    assert names.same(encoded([one, two]), encoded([two, one]))
    assert not names.same(encoded([one], [two]), encoded([two], [one]))


@given(st.binary(max_size=200))
def test_any_bytes_are_equal_to_themselves_and_never_raise(data: bytes) -> None:
    assert names.same(data, data)
    assert names.canonical(data) == names.canonical(data)


@given(st.binary(max_size=300))
def test_reading_elements_ends_or_refuses(data: bytes) -> None:
    with contextlib.suppress(der.DerError):
        assert b"".join(one.whole for one in der.elements(data)) == data


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_bent_certificate_gives_names_or_refuses(at: int, value: int) -> None:
    bent = bytearray(ISSUING.der)
    bent[at % len(bent)] = value
    with contextlib.suppress(der.DerError):
        der.certificate_names(bytes(bent))


def test_the_names_of_a_certificate() -> None:
    issuer, subject = der.certificate_names(ISSUING.der)

    assert issuer == ROOT.certificate.subject.public_bytes()
    assert subject == ISSUING.certificate.subject.public_bytes()


@pytest.mark.parametrize("other", ["CN=contoso  ca,O=X", "cn=Contoso CA, o=x"])
def test_text_keys(other: str) -> None:
    assert names.text_key("CN=Contoso CA,O=X") == names.text_key(other)


@pytest.mark.parametrize(
    ("listed", "encoded"),
    [
        ('CN=Issuing CA, O="Contoso, Ltd.", S=Bavaria, C=DE', "CN=Issuing CA,O=Contoso\\, Ltd.,ST=Bavaria,C=DE"),
        ("E=pki@contoso.com, CN=Root", "1.2.840.113549.1.9.1=pki@contoso.com,CN=Root"),
        ('CN="The ""Root"""', 'CN=The \\"Root\\"'),
        ("CN=Soci\u00e9t\u00e9", "CN=Soci\\C3\\A9t\\C3\\A9"),
        ("OU=b + CN=a, DC=x", "CN=a+OU=b,DC=x"),
    ],
    ids=["quotes and S", "mail", "quotes within quotes", "bytes by hex", "several in one"],
)
def test_what_windows_prints_and_what_the_bytes_say_are_one_name(listed: str, encoded: str) -> None:
    assert names.text_key(listed) == names.text_key(encoded)


def test_a_comma_in_a_value_is_not_the_next_attribute() -> None:
    assert names.text_key("CN=a\\,O=b") != names.text_key("CN=a,O=b")


@given(st.text(max_size=200))
def test_any_text_has_a_key(text: str) -> None:
    assert names.text_key(text) == names.text_key(text)
