"""The identity of a server that has none yet, so that enrolment needs no port of its own. Its key is no secret.

The collector's agent port asks every client for a certificate. A server with a
join token shows one of an authority whose key both ends derive from the
fingerprint of the collector's CA certificate, which the token carries and every
TLS handshake shows: anyone can make it. It opens the connection and proves
nothing; the collector lets its bearer enrol with a token and do nothing else.

Key: HKDF-SHA256 (RFC 5869) to 384 bits, then FIPS 186-5 A.2.1 (extra random bits).
"""

from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME: Final = "farmsight bootstrap, no identity"
SUBJECT: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
_BEARER: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server that wants to enrol")])
_PURPOSE: Final = b"farmsight bootstrap identity v1"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SP 800-186 3.2.1.3, P-256
# A server's clock may be anywhere, and what anyone can make need not run out (RFC 5280 4.1.2.5).
_ALWAYS: Final = (datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))


def key_for(ca_sha256: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the key that belongs to the collector whose CA certificate has this SHA-256; raises ValueError."""
    if len(ca_sha256) != 32:
        raise ValueError(f"a SHA-256 has 32 bytes, not {len(ca_sha256)}")
    derived = HKDF(algorithm=hashes.SHA256(), length=48, salt=None, info=_PURPOSE).derive(ca_sha256)
    return ec.derive_private_key(int.from_bytes(derived, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def authority(ca_sha256: bytes) -> x509.Certificate:
    """Return the self-signed certificate under which identities without meaning are made."""
    key = key_for(ca_sha256)
    return _signed(key, SUBJECT, key.public_key(), ca=True)


def identity(ca_sha256: bytes) -> tuple[bytes, bytes]:
    """Return a fresh key and its certificate under that authority, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _signed(key_for(ca_sha256), _BEARER, key.public_key(), ca=False)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem, leaf.public_bytes(serialization.Encoding.PEM)


def _signed(
    key: ec.EllipticCurvePrivateKey, subject: x509.Name, of: ec.EllipticCurvePublicKey, *, ca: bool
) -> x509.Certificate:
    begins, ends = _ALWAYS
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(SUBJECT)
        .public_key(of)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    return builder.sign(key, hashes.SHA256())
