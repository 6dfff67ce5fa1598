"""Small certificates and CRLs for tests, made once per run."""

import base64
import datetime as dt
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KEY = ec.generate_private_key(ec.SECP256R1())
BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ENDS = dt.datetime(2036, 1, 1, tzinfo=dt.UTC)


def name(common_name: str) -> x509.Name:
    """Return a name of one attribute."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(common_name: str) -> bytes:
    """Return a self-signed certificate as DER."""
    builder = x509.CertificateBuilder(name(common_name), name(common_name), KEY.public_key(), 7, BEGAN, ENDS)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def crl(common_name: str) -> bytes:
    """Return an empty CRL as DER."""
    builder = x509.CertificateRevocationListBuilder(name(common_name), BEGAN, ENDS)
    signed = builder.add_extension(x509.CRLNumber(5), critical=False).sign(KEY, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def pem(der: bytes, label: str = "CERTIFICATE") -> str:
    """Return DER in PEM lines."""
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def private_key_pem() -> str:
    """Return the key as PEM, for showing that it is refused."""
    return KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


CERTIFICATE = certificate("sts.contoso.com")
SHA1 = hashlib.sha1(CERTIFICATE, usedforsecurity=False).hexdigest()
