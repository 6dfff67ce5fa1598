"""Certificates and CRLs come from strangers: what can be read is, what can't is said."""

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent import normalise
from farmsight_wire.v1 import facts_pb2

BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ENDS = dt.datetime(2036, 1, 1, tzinfo=dt.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Contoso"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Contoso Issuing CA 1"),
    ]
)


def keep(data):
    return hashlib.sha256(data).digest()


def certificate(*extensions, subject=NAME, key=KEY, serial=0x0ABC):
    built = x509.CertificateBuilder(NAME, subject, key.public_key(), serial, BEGAN, ENDS)
    for extension in extensions:
        built = built.add_extension(extension, critical=False)
    signed_with = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return built.sign(key, signed_with).public_bytes(serialization.Encoding.DER)


def crl(*extensions, entries=0):
    built = x509.CertificateRevocationListBuilder(NAME, BEGAN, ENDS)
    for extension, critical in extensions:
        built = built.add_extension(extension, critical=critical)
    for serial in range(1, entries + 1):
        built = built.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, BEGAN).build())
    return built.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_certificate_met_again_is_kept_again_and_no_summary_is_shared():
    der, kept = certificate(), []

    def keeping(data):
        kept.append(data)
        return keep(data)

    first = normalise.certificate_summary(der, keeping)
    first.subject = "CN=Somebody Else"
    assert normalise.certificate_summary(der, keeping).subject == NAME.rfc4514_string()
    assert kept == [der, der]


def test_a_ca_certificate_says_who_it_is():
    ski = x509.SubjectKeyIdentifier.from_public_key(KEY.public_key())
    aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(KEY.public_key())
    der = certificate(x509.BasicConstraints(ca=True, path_length=None), ski, aki)

    seen = normalise.certificate_summary(der, keep)

    assert seen.sha1 == hashlib.sha1(der).hexdigest()
    assert seen.blob_sha256 == keep(der)
    assert seen.subject == seen.issuer == "CN=Contoso Issuing CA 1,O=Contoso" == NAME.rfc4514_string()
    assert seen.serial_number == "abc"
    assert seen.not_before.ToDatetime(dt.UTC) == BEGAN
    assert seen.not_after.ToDatetime(dt.UTC) == ENDS
    assert seen.subject_key_identifier == ski.digest.hex() == seen.authority_key_identifier
    assert (seen.public_key_algorithm, seen.public_key_bits) == ("EC", 256)
    assert seen.signature_algorithm == "1.2.840.10045.4.3.2"
    assert seen.self_issued == seen.is_ca == facts_pb2.TRISTATE_YES
    assert seen.parse_error == ""


def test_key_kinds_and_sizes():
    rsa_key = rsa.generate_private_key(65537, 2048)
    ed_key = ed25519.Ed25519PrivateKey.generate()
    seen = [normalise.certificate_summary(certificate(key=k), keep) for k in (rsa_key, ed_key)]

    assert [(s.public_key_algorithm, s.public_key_bits) for s in seen] == [("RSA", 2048), ("Ed25519", 256)]


def test_a_leaf_is_known_not_to_be_a_ca():
    leaf = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sts.contoso.com")])
    seen = normalise.certificate_summary(certificate(subject=leaf), keep)

    assert seen.is_ca == seen.self_issued == facts_pb2.TRISTATE_NO


def test_a_megabyte_of_subject_alternative_names_is_no_trouble():
    names = [x509.DNSName(f"host-{n:06d}.contoso.com") for n in range(40_000)]
    der = certificate(x509.SubjectAlternativeName(names))

    assert len(der) > 1_000_000
    assert normalise.certificate_summary(der, keep).serial_number == "abc"


def test_a_hundred_distribution_points_of_any_scheme_are_listed_as_they_stand():
    urls = ["file://server/ca.crl", "javascript:alert(1)", *(f"http://pki/{n}.crl" for n in range(200))]
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(u)], None, None, None) for u in urls]
    value = x509.CRLDistributionPoints(points).public_bytes()

    assert normalise.distribution_urls(value) == urls[:100]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "CN=\\<script\\>alert(1)\\</script\\>"),
        ("a,b+c=d", "CN=a\\,b\\+c=d"),
        (" padded ", "CN=\\ padded\\ "),
        ("#x", "CN=\\#x"),
        ("line\nbreak\x1b[31m", "CN=line\\0Abreak\\1B[31m"),
        ("evil\u202egpj.exe", "CN=evil\\E2\\80\\AEgpj.exe"),
        ("Müller 日本 😀", "CN=Müller 日本 😀"),
    ],
)
def test_hostile_names_come_out_whole_and_harmless(text, shown):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    assert normalise.name_text(name.public_bytes()) == shown


# 64 bytes are the most that the other reader takes (ub-common-name, RFC 5280 appendix A).
COMMON_NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=60)


@given(COMMON_NAMES.filter(lambda text: len(text.encode()) <= 64))
def test_names_read_as_the_other_reader_reads_them(text):
    """Where nothing is escaped for safety, the text is what cryptography says."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text), x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@b")])

    assert normalise.name_text(name.public_bytes()) == name.rfc4514_string()


def test_bytes_that_are_no_name_are_shown_as_hex():
    assert normalise.name_text(b"\x30\x05\x01") == "#300501"


def test_a_base_crl_says_its_number_and_times_and_where_the_delta_is():
    point = x509.DistributionPoint([x509.UniformResourceIdentifier("http://pki/ca+.crl")], None, None, None)
    publish = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.311.21.4"), b"\x17\x0d270101000000Z")
    der = crl((x509.CRLNumber(0x1F), False), (x509.FreshestCRL([point]), False), (publish, False), entries=300)

    seen = normalise.crl_summary(der, keep)

    assert (seen.issuer, seen.number, seen.entries) == ("CN=Contoso Issuing CA 1,O=Contoso", "1f", 300)
    assert list(seen.freshest_urls) == ["http://pki/ca+.crl"]
    assert seen.next_publish.ToDatetime(dt.UTC) == dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert (seen.this_update.ToDatetime(dt.UTC), seen.next_update.ToDatetime(dt.UTC)) == (BEGAN, ENDS)
    assert seen.delta_base_number == seen.parse_error == ""
    assert seen.blob_sha256 == keep(der)


def test_a_delta_crl_names_its_base():
    seen = normalise.crl_summary(crl((x509.CRLNumber(32), False), (x509.DeltaCRLIndicator(31), True)), keep)

    assert (seen.number, seen.delta_base_number, seen.delta_indicator_critical) == ("20", "1f", True)


def test_a_crl_for_only_some_reasons_is_told_from_a_full_one():
    reasons = frozenset({x509.ReasonFlags.key_compromise})
    point = x509.IssuingDistributionPoint(None, None, False, False, reasons, True, False)
    seen = normalise.crl_summary(crl((point, True)), keep)

    assert (seen.only_some_reasons, seen.indirect) == (True, True)


def test_a_broken_extension_leaves_the_rest_standing():
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.14"), b"\x04\x7f")
    seen = normalise.certificate_summary(certificate(broken), keep)

    assert seen.subject == "CN=Contoso Issuing CA 1,O=Contoso"
    assert "2.5.29.14" in seen.parse_error


CERTIFICATE = certificate(x509.BasicConstraints(ca=True, path_length=None))
CRL = crl((x509.CRLNumber(1), False), entries=3)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_readers_raise(data):
    """Whatever stands there, it is named by its hash, and an error is said."""
    assert normalise.certificate_summary(data, keep).parse_error
    assert normalise.crl_summary(data, keep).parse_error
    normalise.name_text(data)


@given(st.integers(0, len(CERTIFICATE) - 1), st.integers(0, 255), st.booleans())
def test_no_damage_makes_the_readers_raise(at, byte, cut):
    for whole, read in ((CERTIFICATE, normalise.certificate_summary), (CRL, normalise.crl_summary)):
        data = bytearray(whole)
        data[at % len(data)] = byte
        read(bytes(data[: at % len(data)]) if cut else bytes(data), keep).SerializeToString()


def test_a_truncated_crl_does_not_pass_for_a_short_one():
    assert normalise.crl_summary(CRL[:-1], keep).parse_error
    assert not normalise.crl_summary(CRL[:-1], keep).issuer
