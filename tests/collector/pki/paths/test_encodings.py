"""Certificates that no library makes: odd numbers, times, versions, algorithms and names, as RFC 5280 4.1 has them."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa

from farmsight_collector.pki import certificates
from farmsight_collector.pki.certificates import Certificate, Unparsed
from tests.fakes.paths import Made, issue, verdict
from tests.fakes.raw_certificates import (
    ALTERNATIVES,
    BASIC,
    BITS,
    CLIENT_ONLY,
    EC_SHA384,
    GENERALIZED,
    INTEGER,
    RSA_SHA256,
    SEQUENCE,
    USAGES,
    UTC,
    YEARS,
    Extension,
    raw,
    tlv,
)

ROOT = issue("Root")
ISSUING = issue("Issuing", ROOT)
GOOD, LATE = ("passes", []), ("fails", ["not-time-valid"])
NEW_ALGORITHM = tlv(SEQUENCE, bytes.fromhex("06042a030405"))
N = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n


class Given:
    """A leaf of which there are bytes alone."""

    def __init__(self, der: bytes) -> None:
        self.der = der

    @property
    def read(self) -> Certificate:
        read = certificates.parse(self.der)
        assert isinstance(read, Certificate), read.reason
        return read


def said(**odd):
    return verdict(Given(raw("alice", ISSUING, **odd)), ISSUING, roots=[ROOT])


def spki(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def rsa_key(modulus: int, exponent: int) -> bytes:
    numbers = (tlv(INTEGER, n.to_bytes(n.bit_length() // 8 + 1)) for n in (modulus, exponent))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return tlv(SEQUENCE, algorithm, tlv(BITS, b"\0", tlv(SEQUENCE, *numbers)))


@pytest.mark.parametrize("serial", [b"\0", b"\x80", b"\x01" * 21, b"\x01" * 200], ids=["0", "-128", "21", "200 bytes"])
def test_serial_numbers_that_no_ca_should_give_out_are_handled(serial: bytes) -> None:
    """RFC 5280 4.1.2.2: users should be prepared to handle such certificates gracefully."""
    assert said(serial=serial) == GOOD


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (tlv(GENERALIZED, b"20350101000000Z"), GOOD),
        (tlv(GENERALIZED, b"99991231235959Z"), GOOD),
        (tlv(UTC, b"491231235959Z"), GOOD),
        (tlv(UTC, b"500101000000Z"), LATE),
    ],
    ids=["GeneralizedTime before 2050", "no end", "2049", "1950"],
)
def test_both_kinds_of_time_are_read_as_rfc_5280_4_1_2_5_has_them(ends: bytes, told) -> None:
    assert said(validity=(YEARS[0], ends)) == told


def test_a_certificate_that_ends_before_it_begins_is_never_valid() -> None:
    assert said(validity=(YEARS[1], YEARS[0])) == LATE


@pytest.mark.parametrize("inside", [EC_SHA384, RSA_SHA256, NEW_ALGORITHM], ids=["SHA-384", "RSA", "unknown"])
def test_a_signature_algorithm_that_differs_inside_and_outside_is_no_good_signature(inside: bytes) -> None:
    """RFC 5280 4.1.1.2: both must be the same."""
    assert said(inner=inside) == ("unknown", ["signature-unchecked"])


def test_an_algorithm_that_does_not_fit_the_issuer_s_key_makes_a_wrong_signature() -> None:
    assert said(inner=RSA_SHA256, outer=RSA_SHA256) == ("fails", ["wrong-signature"])


def test_an_algorithm_that_nobody_knows_is_told_as_unchecked_and_raises_nothing() -> None:
    assert said(inner=NEW_ALGORITHM, outer=NEW_ALGORITHM) == ("unknown", ["signature-unchecked"])


def test_the_issuer_s_name_may_not_be_empty_and_the_subject_s_may() -> None:
    assert said(issuer_name=b"\x30\0") == ("fails", ["issuer-missing"])
    assert verdict(Given(raw(b"\x30\0", ISSUING)), ISSUING, roots=[ROOT]) == GOOD


def test_a_user_s_certificate_of_version_1_has_no_usages_to_fail_by() -> None:
    assert said(version=b"") == GOOD


@pytest.mark.parametrize(
    "key",
    [
        spki(ec.generate_private_key(ec.SECP192R1())),
        spki(ec.generate_private_key(ec.SECP256K1())),
        spki(ec.generate_private_key(ec.BrainpoolP384R1())),
        spki(ec.generate_private_key(ec.SECP521R1())),
        spki(ed448.Ed448PrivateKey.generate()),
        spki(dsa.generate_private_key(2048)),
        rsa_key(N, 3),
        rsa_key(N, 2**33 + 1),
        rsa_key(N, N - 2),
        rsa_key(1 << 16383 | N, 65537),
    ],
    ids=["P-192", "secp256k1", "brainpool", "P-521", "Ed448", "DSA", "e=3", "e>2^32", "e=n-2", "16384 bits"],
)
def test_the_user_s_own_key_may_be_of_any_kind(key: bytes) -> None:
    assert said(public_key=key) == GOOD


@pytest.mark.parametrize("bits", [512, 768, 1000])
def test_a_user_s_rsa_key_that_windows_blocks(bits: int) -> None:
    """KB 2661254."""
    assert said(public_key=rsa_key(1 << (bits - 1) | 1, 65537)) == ("fails", ["short-key"])


@pytest.mark.parametrize(
    "der",
    [
        raw("alice", ISSUING, version=b"\xa0\x03\x02\x01\x01"),
        raw("alice", ISSUING, version=b"\xa0\x03\x02\x01\x7f"),
        raw("alice", ISSUING, Extension(oid=USAGES, value=b"\x30\x05")),
        raw("alice", ISSUING, *[Extension(oid="1.2.3.4", value=b"")] * 2),
        raw("alice", ISSUING, Extension(oid=USAGES, value=CLIENT_ONLY, critical=b"\x01\x01\x00")),
        raw("alice", ISSUING, Extension(oid=ALTERNATIVES, value=tlv(SEQUENCE, tlv(0x87, b"12345")))),
        raw("alice", ISSUING, public_key=rsa_key(N, 1)),
        raw("alice", ISSUING, serial=b""),
        raw("alice", ISSUING) + b"\0",
    ],
    ids=["v2", "v128", "usages cut", "twice", "FALSE encoded", "5 byte IP", "e=1", "no serial", "bytes behind"],
)
def test_what_is_no_certificate_by_its_form_is_told_unread_and_never_passes(der: bytes) -> None:
    read = certificates.parse(der)
    assert isinstance(read, Unparsed)
    assert read.reason


def old_name(tag: int, text: bytes, oid: str = "550403") -> bytes:
    kind = bytes.fromhex("06%02x" % (len(oid) // 2) + oid)
    return tlv(SEQUENCE, tlv(0x31, tlv(SEQUENCE, kind, tlv(tag, text))))


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        (old_name(0x14, b"M\xfcller, Anna"), "CN=M\u00fcller\\, Anna"),
        (old_name(0x1E, "M\u00fcller".encode("utf-16-be")), "CN=M\u00fcller"),
        (old_name(0x0C, b"\xff\xfe"), "CN=\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
        (old_name(0x0C, b""), "CN="),
    ],
    ids=["TeletexString", "BMPString", "no UTF-8", "empty"],
)
def test_names_as_old_cas_wrote_them_are_read(subject: bytes, told: str) -> None:
    leaf = Given(raw(subject, ISSUING))

    assert leaf.read.subject == told
    assert verdict(leaf, ISSUING, roots=[ROOT]) == GOOD


def test_an_old_ca_with_umlauts_in_its_name_stands_in_chains() -> None:
    basic, usage = bytes.fromhex("30030101ff"), bytes.fromhex("03020106")
    key = ec.generate_private_key(ec.SECP256R1())
    named = old_name(0x14, b"M\xfcller CA")
    extensions = Extension(oid=BASIC, value=basic), Extension(oid="2.5.29.15", value=usage)
    ca = Given(raw(named, ISSUING, *extensions, public_key=spki(key)))
    leaf = Given(raw("alice", Made(ISSUING.certificate, key), issuer_name=named))

    assert verdict(leaf, ca, ISSUING, roots=[ROOT]) == GOOD
    assert ca.read.subject == leaf.read.issuer == "CN=M\u00fcller CA"


def test_a_mail_address_in_a_name_that_no_parser_reads_is_constrained_too() -> None:
    mail = bytes.fromhex("2a864886f70d010901").hex()
    subject = tlv(SEQUENCE, old_name(0x14, b"M\xfcller")[2:], old_name(0x16, b"anna@fabrikam.com", mail)[2:])
    constrained = issue("Constrained", ROOT, critical=(x509.NameConstraints([x509.RFC822Name("contoso.com")], None),))

    leaf = Given(raw(subject, constrained))
    assert verdict(leaf, constrained, roots=[ROOT]) == ("fails", ["name-constraints"])
