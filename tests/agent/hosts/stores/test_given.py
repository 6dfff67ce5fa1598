"""Certificates that were handed in: what sign-in depends on is read, what can't be read is not claimed."""

import datetime as dt
import hashlib
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.stores.given import given_certificate
from farmsight_wire.v1 import facts_pb2

KEY = ec.generate_private_key(ec.SECP256R1())
BEGAN, ENDS = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ada Lovelace")])
UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
SID = "S-1-5-21-3623811015-3361044348-30300820-1013"
YES, NO, UNKNOWN = facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO, facts_pb2.TRISTATE_UNKNOWN


def keep(data):
    return hashlib.sha256(data).digest()


def made(*extensions):
    built = x509.CertificateBuilder(NAME, NAME, KEY.public_key(), 0xABC, BEGAN, ENDS)
    for extension in extensions:
        built = built.add_extension(extension, critical=False)
    return built.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def raw(oid, value):
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def upn(text):
    return x509.OtherName(UPN, tlv(0x0C, text.encode()))


def sid_extension(text):
    oid = bytes.fromhex("060a2b060104018237190201")
    return raw("1.3.6.1.4.1.311.25.2", tlv(0x30, tlv(0xA0, oid, tlv(0xA0, tlv(0x04, text)))))


USER = made(
    x509.SubjectAlternativeName([upn("ada@contoso.com"), x509.RFC822Name("Ada.L@contoso.com")]),
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
    sid_extension(SID.encode()),
    raw("1.3.6.1.4.1.311.21.7", bytes.fromhex("300c06072a864886f70d01020164")),
)


def test_a_users_certificate_tells_its_names_usages_account_and_template():
    seen = given_certificate(USER, keep)

    assert seen.certificate.subject == "CN=Ada Lovelace"
    assert seen.certificate.sha1 == hashlib.sha1(USER).hexdigest()
    assert seen.certificate.blob_sha256 == keep(USER)
    assert seen.subject_alternative_names_seen
    assert list(seen.user_principal_names) == ["ada@contoso.com"]
    assert list(seen.rfc822_names) == ["Ada.L@contoso.com"]
    assert list(seen.extended_key_usages) == ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"]
    assert seen.extended_key_usage_present == seen.sid_extension == YES
    assert seen.account_sid == SID
    assert seen.template == "1.2.840.113549.1"
    assert seen.certificate.parse_error == ""


def test_a_certificate_without_these_is_known_to_have_none():
    seen = given_certificate(made(), keep)

    assert seen.subject_alternative_names_seen
    assert not [*seen.user_principal_names, *seen.rfc822_names, *seen.other_names, *seen.extended_key_usages]
    assert seen.extended_key_usage_present == seen.sid_extension == NO
    assert seen.template == seen.account_sid == ""


def test_the_account_may_stand_in_a_uri_of_the_alternative_names():
    uri = x509.UniformResourceIdentifier(f"tag:microsoft.com,2022-09-14:sid:{SID}")
    seen = given_certificate(made(x509.SubjectAlternativeName([uri])), keep)

    assert (seen.sid_extension, seen.account_sid) == (YES, SID)
    assert list(seen.other_names) == [f"URI:tag:microsoft.com,2022-09-14:sid:{SID}"]


def test_the_old_template_extension_names_its_template():
    seen = given_certificate(made(raw("1.3.6.1.4.1.311.20.2", tlv(0x1E, "User".encode("utf-16-be")))), keep)

    assert seen.template == "User"


def test_names_that_map_nobody_are_shown_by_their_kind():
    names = [
        x509.DNSName("sts.contoso.com"),
        x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
        x509.DirectoryName(NAME),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")),
        x509.OtherName(x509.ObjectIdentifier("1.2.3"), tlv(0x04, b"x")),
    ]
    seen = given_certificate(made(x509.SubjectAlternativeName(names)), keep)

    assert list(seen.other_names) == [
        "DNS:sts.contoso.com",
        "IP:10.1.2.3",
        "DIR:CN=Ada Lovelace",
        "RID:1.2.3.4",
        "OTHER:1.2.3",
    ]


def test_a_ca_certificate_that_was_handed_in_says_that_it_is_one():
    seen = given_certificate(made(x509.BasicConstraints(ca=True, path_length=None)), keep)

    assert seen.certificate.is_ca == YES


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x30\x03\x02\x01", b"<html>", USER[:-1], USER + b"\x00", b"\x30\x80" * 99]
)
def test_what_is_no_certificate_has_its_thumbprint_and_an_error_and_nothing_else(data):
    seen = given_certificate(data, keep)

    assert seen.certificate.parse_error
    assert seen.certificate.sha1 == hashlib.sha1(data).hexdigest()
    expected = facts_pb2.GivenCertificate(certificate=seen.certificate)
    assert seen == expected


@pytest.mark.parametrize("value", [b"", b"\x30", b"\x31\x00", tlv(0x30, tlv(0xA0, b"\x05\x00")), tlv(0x30, b"\x9f")])
def test_alternative_names_that_cannot_be_read_are_not_seen(value):
    seen = given_certificate(made(raw("2.5.29.17", value)), keep)

    assert not seen.subject_alternative_names_seen
    assert seen.sid_extension == UNKNOWN
    assert seen.extended_key_usage_present == NO
    assert "2.5.29.17" in seen.certificate.parse_error


def test_usages_that_cannot_be_read_are_unknown():
    seen = given_certificate(made(raw("2.5.29.37", tlv(0x30, b"\x06\x01\x80"))), keep)

    assert seen.extended_key_usage_present == UNKNOWN
    assert not seen.extended_key_usages
    assert seen.subject_alternative_names_seen


@pytest.mark.parametrize(
    "value", [b"", b"nobody", SID.encode() + b"-x", b"S-1", b"\xff" * 40, b"S-1-" + b"5-" * 90_000]
)
def test_an_extension_without_a_sid_proves_nothing(value):
    seen = given_certificate(made(sid_extension(value)), keep)

    assert (seen.sid_extension, seen.account_sid) == (UNKNOWN, "")


def test_a_megabyte_of_names_is_cut_and_says_so():
    names = [x509.DNSName(f"host-{n:06d}.contoso.com") for n in range(40_000)]
    data = made(x509.SubjectAlternativeName([upn("ada@contoso.com"), *names]))
    assert len(data) > 1_000_000

    seen = given_certificate(data, keep)

    assert list(seen.user_principal_names) == ["ada@contoso.com"]
    assert seen.subject_alternative_names_seen
    assert len(seen.other_names) == 101
    assert seen.other_names[-1] == "(39900 more)"
    assert seen.ByteSize() < 10_000


def test_a_flood_of_mapping_names_is_not_taken_for_all_of_them():
    seen = given_certificate(made(x509.SubjectAlternativeName([upn(f"u{n}@x.example") for n in range(20_000)])), keep)

    assert len(seen.user_principal_names) == 100
    assert not seen.subject_alternative_names_seen


def test_one_name_of_a_megabyte_is_cut():
    seen = given_certificate(made(x509.SubjectAlternativeName([upn("a" * 1_000_000)])), keep)

    assert [len(name) for name in seen.user_principal_names] == [1000]


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(data):
    assert given_certificate(data, keep).certificate.sha1 == hashlib.sha1(data).hexdigest()


@given(st.integers(0, len(USER) - 1), st.integers(0, 255))
def test_no_damage_makes_it_raise(at, byte):
    data = USER[:at] + bytes([byte]) + USER[at + 1 :]

    assert given_certificate(data, keep).certificate.sha1 == hashlib.sha1(data).hexdigest()


@given(
    st.sampled_from(["2.5.29.17", "2.5.29.37", "1.3.6.1.4.1.311.25.2", "1.3.6.1.4.1.311.21.7"]), st.binary(max_size=99)
)
def test_no_extension_makes_it_raise_or_claim_what_is_not_there(oid, value):
    seen = given_certificate(made(raw(oid, value)), keep)

    assert seen.sid_extension != YES or seen.account_sid.startswith("S-1-")
    assert seen.extended_key_usage_present == YES or not seen.extended_key_usages


@given(st.integers(0, len(USER) - 1))
def test_cut_off_anywhere_it_claims_nothing(length):
    seen = given_certificate(USER[:length], keep)

    assert seen == facts_pb2.GivenCertificate(certificate=seen.certificate)
