"""A file with a private key in it is told in whatever dress the key comes, and certificates are let through."""

import base64
import json

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.intake.private_keys import private_key_line
from tests.fakes.certificates import CERTIFICATE, certificate, crl, pem

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEYS = {"rsa": RSA, "ec": ec.generate_private_key(ec.SECP384R1()), "ed25519": ed25519.Ed25519PrivateKey.generate()}
SECRET = BestAvailableEncryption(b"secret")


def forms(key):
    """Yield a key's bytes in each form that it has."""
    for kind in PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL, PrivateFormat.OpenSSH:
        for secret in NoEncryption(), SECRET:
            for encoding in Encoding.PEM, Encoding.DER:
                try:
                    yield key.private_bytes(encoding, kind, secret)
                except (ValueError, TypeError, UnsupportedAlgorithm):
                    continue


PFX = [
    pkcs12.serialize_key_and_certificates(b"x", RSA, None, [x509.load_der_x509_certificate(CERTIFICATE)], secret)
    for secret in (NoEncryption(), SECRET)
]
DRESSES = [*(one for key in KEYS.values() for one in forms(key)), *PFX]
BINARY = [one for one in DRESSES if not one.startswith(b"-")]
TEXTS = [one for one in DRESSES if one.startswith(b"-")]


def lines(data):
    return base64.encodebytes(data)


def numbered(cases: list[bytes]) -> list[str]:
    """Name cases by their number: keys are new in each run, and all workers must agree on names."""
    return [str(number) for number in range(len(cases))]


@pytest.mark.parametrize("data", DRESSES, ids=numbered(DRESSES))
def test_a_file_that_is_a_key_is_told(data):
    assert private_key_line(data) == 1


@pytest.mark.parametrize("data", TEXTS, ids=numbered(TEXTS))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_key_in_a_text_is_told_with_its_line(data, encoding):
    text = "Zertifikat für WAP01\r\n\r\n" + data.decode()

    assert private_key_line(text.encode(encoding)) == 3


@pytest.mark.parametrize("data", BINARY, ids=numbered(BINARY))
def test_a_key_as_base64_is_told_under_whatever_heading(data):
    assert private_key_line(b"Root:\n" + base64.b64encode(data)) == 2
    assert private_key_line(b"Root:\r\n" + lines(data)) == 2
    assert private_key_line(b"-----BEGIN CERTIFICATE-----\n" + lines(data) + b"-----END CERTIFICATE-----\n") == 2
    assert private_key_line(json.dumps({"a": 1, "Pfx": base64.b64encode(data).decode()}, indent=1).encode()) == 3
    assert private_key_line(base64.b64encode(data).decode().encode("utf-16")) == 1


@pytest.mark.parametrize("data", TEXTS, ids=numbered(TEXTS))
def test_a_key_in_json_is_told(data):
    assert private_key_line(json.dumps({"Certificates": [], "Key": data.decode()}).encode()) == 1
    assert private_key_line(json.dumps({"Key": data.decode()}).replace("/", "\\/").encode()) == 1


def test_half_a_key_is_told():
    """A file cut off in front or behind still holds enough of it."""
    [whole] = [one for one in TEXTS if b"BEGIN RSA PRIVATE KEY" in one and b"ENCRYPTED" not in one]

    assert private_key_line(whole[:60]) == 1
    assert private_key_line(whole[200:]) == whole[200:].count(b"\n")


def test_an_older_tool_s_pkcs_12_of_indefinite_length_is_told():
    data = b"\x30\x80\x02\x01\x03\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80\x04" + bytes(90)

    assert private_key_line(data) == private_key_line(base64.b64encode(data)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\x07\x02\x00\x00\x00\xa4\x00\x00RSA2\x00\x08\x00\x00\x01\x00\x01\x00" + bytes(90),
        b"RSA2\x00\x08\x00\x00\x03\x00\x00\x00" + bytes(90),
        b"ECS2\x20\x00\x00\x00" + bytes(90),
        b"\x1e\xf1\xb5\xb0" + bytes(90),
        b"\xfe\xed\xfe\xed\x00\x00\x00\x02" + bytes(90),
        b"\xce\xce\xce\xce\x00\x00\x00\x02" + bytes(90),
        b"PuTTY-User-Key-File-3: ssh-rsa\r\n",
        b"<RSAKeyValue><Modulus>x</Modulus><InverseQ>y</InverseQ></RSAKeyValue>",
        b'{"kty": "RSA", "n": "x", "d": "0123456789abcdefghijklmnop"}',
    ],
)
def test_a_key_as_windows_and_others_keep_it_is_told(data):
    assert private_key_line(data) == 1


REQUEST = (
    x509.CertificateSigningRequestBuilder()
    .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
    .sign(RSA, hashes.SHA256())
)
BOTH = [x509.load_der_x509_certificate(one) for one in (CERTIFICATE, certificate("Contoso Root"))]
HARMLESS = [
    CERTIFICATE,
    pem(CERTIFICATE).encode() * 50,
    base64.b64encode(CERTIFICATE),
    crl("Contoso Root"),
    pem(crl("Contoso Root"), "X509 CRL").encode(),
    pkcs7.serialize_certificates(BOTH, Encoding.DER),
    pkcs7.serialize_certificates(BOTH, Encoding.PEM),
    REQUEST.public_bytes(Encoding.DER),
    REQUEST.public_bytes(Encoding.PEM),
    *(
        key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        for key in KEYS.values()
        for encoding in (Encoding.DER, Encoding.PEM)
    ),
    RSA.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
    RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1),
    b"\0\0\0\0CERT" + bytes(20) + CERTIFICATE,
    b"Private key is NOT exportable\r\nEncryption test passed\r\n-----BEGIN OF THE PRIVATE KEY STORY\r\n",
    b"<RSAKeyValue><Modulus>x</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>",
    b'{"keys": [{"kty": "RSA", "use": "sig", "n": "0123456789abcdefghijklmnop", "e": "AQAB"}]}',
    b"",
    b"MII",
]


@pytest.mark.parametrize("data", HARMLESS, ids=numbered(HARMLESS))
def test_what_is_public_is_let_through(data):
    assert private_key_line(data) is None
    assert private_key_line(data.decode("latin-1").encode("utf-16-le")) is None


def test_certificates_of_many_kinds_are_let_through():
    names = [f"Contoso Issuing CA {n}" for n in range(60)]

    assert private_key_line("".join(pem(certificate(name)) for name in names).encode()) is None


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x30\x82", b"-----BEGIN ", b"MII", b"\n\nPuTTY"]))
def test_any_bytes_give_a_line_or_none(data, start):
    found = private_key_line(start + data)

    assert found is None or 1 <= found <= data.count(b"\n") + 3


SLOW = [b"MA", b"M" + b"A" * 25 + b" ", b"-----BEGIN ", b"PRIVATE KEY-----", b"\\/", b"\0"]


@pytest.mark.parametrize("piece", SLOW)
@pytest.mark.timeout(20)
def test_bytes_made_to_be_slow_are_not_slow(piece):
    private_key_line(piece * (8_000_000 // len(piece)))
