"""Name constraints, for the names that users' certificates have."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.pki import certificates, names
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.constraints import PRINCIPAL_NAME, refused
from tests.fakes.pki import ROOT, extended

UPN = x509.ObjectIdentifier(PRINCIPAL_NAME)


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


SUBJECT = name((NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, "Ada"))


def upn(text: bytes) -> x509.OtherName:
    return x509.OtherName(UPN, bytes([0x0C, len(text)]) + text)


def issuer(permitted=None, excluded=None) -> Certificate:
    constraints = [x509.NameConstraints(permitted, excluded)] if permitted or excluded else []
    read = certificates.parse(extended(ROOT, ROOT, *constraints).der)
    assert isinstance(read, Certificate)
    return read


def outside(permitted=None, excluded=None, mails=(), principals=()) -> list[str]:
    return list(refused(issuer(permitted, excluded), names.canonical(SUBJECT.public_bytes()), mails, principals))


@pytest.mark.parametrize(
    ("constraint", "mail", "fits"),
    [
        ("contoso.com", "ada@contoso.com", True),
        ("contoso.com", "ada@CONTOSO.com", True),
        ("contoso.com", "ada@eu.contoso.com", False),
        (".contoso.com", "ada@eu.contoso.com", True),
        (".contoso.com", "ada@contoso.com", False),
        ("ada@contoso.com", "ada@contoso.com", True),
        ("ada@contoso.com", "bob@contoso.com", False),
        ("contoso.com", "ada@evilcontoso.com", False),
    ],
)
def test_mail_addresses(constraint: str, mail: str, fits: bool) -> None:
    assert (outside(permitted=[x509.RFC822Name(constraint)], mails=[mail]) == []) is fits
    assert (outside(excluded=[x509.RFC822Name(constraint)], mails=[mail]) == []) is not fits


@pytest.mark.parametrize("constraint", [b"@contoso.com", b".contoso.com", b"contoso.com"])
def test_principal_names_end_as_the_constraint_does(constraint: bytes) -> None:
    permitted = [upn(constraint)]

    assert outside(permitted=permitted, principals=["Ada@contoso.com", "ada@eu.contoso.com"]) == []
    assert outside(permitted=permitted, principals=["ada@fabrikam.com", "ada@evilcontoso.com"]) == [
        "ada@fabrikam.com",
        "ada@evilcontoso.com",
    ]


def test_a_constraint_that_can_not_be_read_claims_nothing() -> None:
    assert outside(permitted=[x509.OtherName(UPN, b"\x04\x02ab")], principals=["ada@contoso.com"]) == []


def test_the_subject_is_within_the_directory_name_that_it_begins_with() -> None:
    of_contoso = name((NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "CONTOSO"))
    of_others = name((NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "Fabrikam"))

    assert outside(permitted=[x509.DirectoryName(of_contoso)]) == []
    assert outside(permitted=[x509.DirectoryName(of_others)]) == ["the subject"]
    assert outside(excluded=[x509.DirectoryName(of_contoso)]) == ["the subject"]


def test_kinds_that_are_not_constrained_are_free() -> None:
    dns = [x509.DNSName("contoso.com")]

    assert outside(permitted=dns, mails=["ada@fabrikam.com"], principals=["ada@fabrikam.com"]) == []
    assert outside(mails=["ada@fabrikam.com"]) == []


@given(st.text(max_size=30), st.binary(max_size=20))
def test_no_name_and_no_constraint_makes_it_raise(text: str, value: bytes) -> None:
    constrained = issuer([x509.OtherName(UPN, b"\x0c\x03abc")], None)

    list(refused(constrained, value, [text], [text]))
