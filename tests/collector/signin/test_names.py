"""The names in a certificate by which an account is found, whatever the bytes are."""

from types import SimpleNamespace

from cryptography import x509
from cryptography.x509 import ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.signin import names
from farmsight_collector.signin.names import domain_of, named
from tests.collector.signin.scenes import UPN, user


def test_principal_names_stand_before_mail_addresses() -> None:
    found = named(user("ada@contoso.com", mails=("ada.lovelace@mail.contoso.com", "ada@contoso.com")))

    assert found.everyone == ("ada@contoso.com", "ada.lovelace@mail.contoso.com")
    assert found.domains == ("contoso.com", "mail.contoso.com")
    assert found.carries_sid


def test_a_sid_among_the_alternative_names_counts_too() -> None:
    leaf = _leaf(x509.UniformResourceIdentifier("tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1105"))

    assert named(leaf).carries_sid
    assert not named(user("ada@contoso.com", sid=False)).carries_sid


def test_a_certificate_without_alternative_names_names_nobody() -> None:
    assert named(user()).everyone == ()


def test_domains_are_compared_without_case_and_without_the_last_dot() -> None:
    assert domain_of("Ada@Contoso.COM.") == "contoso.com"
    assert domain_of("CONTOSO\\ada") == ""


@given(st.binary(max_size=60))
def test_other_names_of_any_bytes_are_read_or_passed_over(data) -> None:
    found = named(_leaf(x509.OtherName(UPN, data)))

    assert all(isinstance(name, str) and name for name in found.everyone)


@given(st.text(max_size=40))
def test_a_domain_is_told_of_any_text(text) -> None:
    assert domain_of(text) == domain_of(text).lower()


def test_no_more_names_than_a_hundred_of_a_kind_are_read() -> None:
    many = [x509.OtherName(UPN, b"\x0c\x06" + f"{n:03}@cc".encode()) for n in range(150)]

    assert len(named(_leaf(*many)).principals) == names.MOST


def test_other_names_of_other_kinds_are_no_principals() -> None:
    assert named(_leaf(x509.OtherName(ObjectIdentifier("1.2.3"), b"\x0c\x05a@b.c"))).principals == ()


def _leaf(*general):
    """Return what stands for a certificate with these alternative names."""
    extension = x509.Extension(x509.SubjectAlternativeName.oid, False, x509.SubjectAlternativeName(general))
    return SimpleNamespace(parsed=SimpleNamespace(extensions=x509.Extensions([extension])))
