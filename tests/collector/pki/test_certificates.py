"""A certificate is read once, whatever it is."""

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.pki import certificates
from farmsight_collector.pki.certificates import Certificate, Unparsed
from tests.fakes.pki import CLIENT_AUTH, ISSUING, MIRROR, ROOT, URL, make, user


def read(made) -> Certificate:
    found = certificates.parse(made.der)
    assert isinstance(found, Certificate)
    return found


def test_what_a_ca_says_of_itself() -> None:
    one = read(ISSUING)

    assert (one.sha1, one.subject, one.issuer) == (ISSUING.sha1, ISSUING.subject, ROOT.subject)
    assert one.crl_urls == (URL, MIRROR)
    assert one.authority_key == read(ROOT).subject_key
    assert (one.is_ca, one.path_length, one.signs_crls, one.signs_certificates) == (True, None, True, True)
    assert one.extended_usages is None
    assert not one.self_issued
    assert read(ROOT).self_issued


def test_urls_and_usages() -> None:
    made = make("X", ROOT, freshest=("http://d/",), ocsp=("http://o/",), usages=(CLIENT_AUTH,), path_length=0)
    one = read(made)

    assert (one.freshest_urls, one.ocsp_urls, one.path_length) == (("http://d/",), ("http://o/",), 0)
    assert one.extended_usages == ("1.3.6.1.5.5.7.3.2",)


def test_signatures_are_checked_for_real() -> None:
    forged = make("Contoso Root CA")

    assert certificates.signed_by(read(ISSUING), read(ROOT)) is True
    assert certificates.signed_by(read(ISSUING), read(forged)) is False


def test_the_same_bytes_are_read_once() -> None:
    assert certificates.parse(ISSUING.der) is certificates.parse(bytes(bytearray(ISSUING.der)))


def test_a_hundred_thousand_urls_are_cut() -> None:
    one = read(make("Many", ROOT, crls=tuple(f"http://h{n}/" for n in range(1000))))

    assert len(one.crl_urls) == certificates.MAX_URLS


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x80", b"-----BEGIN CERTIFICATE-----", bytes(5_000_000)])
def test_what_is_no_certificate_says_so(data: bytes) -> None:
    found = certificates.parse(data)

    assert isinstance(found, Unparsed)
    assert found.reason


@given(st.binary(max_size=300))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    assert isinstance(certificates.parse(data), Certificate | Unparsed)


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_bent_certificate_gives_an_answer_and_signs_nothing(at: int, value: int) -> None:
    bent = bytearray(ISSUING.der)
    changed = bent[at % len(bent)] != value
    bent[at % len(bent)] = value
    found = certificates.parse(bytes(bent))

    assert isinstance(found, Certificate | Unparsed)
    if isinstance(found, Certificate) and changed:
        assert certificates.signed_by(found, read(ROOT)) is not True


def test_user_certificates_are_no_cas() -> None:
    assert read(user()).is_ca is None


def test_keys_of_certificates_are_told_apart_by_their_public_key() -> None:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    encoded = ROOT.key.public_key().public_bytes(serialization.Encoding.DER, form)

    assert len(encoded) > 0
    assert read(ROOT).public_key_sha256 != read(ISSUING).public_key_sha256
