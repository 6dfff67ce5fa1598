"""Certificates put together byte by byte, for what no library makes: odd numbers, times, versions, signatures.

made = raw("alice", issuing, serial=b"\\x80")  # a negative serial number
"""

from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.fakes.paths import Made, name

SEQUENCE, INTEGER, BITS, OCTETS, BOOLEAN = 0x30, 0x02, 0x03, 0x04, 0x01
UTC, GENERALIZED = 0x17, 0x18
EC_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")
EC_SHA384: Final = bytes.fromhex("300a06082a8648ce3d040303")
RSA_SHA256: Final = bytes.fromhex("300d06092a864886f70d01010b0500")
CLIENT_ONLY: Final = bytes.fromhex("300a06082b06010505070302")
USAGES, BASIC, ALTERNATIVES = "2.5.29.37", "2.5.29.19", "2.5.29.17"
YEARS: Final = (bytes([UTC, 13]) + b"250101000000Z", bytes([UTC, 13]) + b"350101000000Z")


@dataclass(frozen=True, kw_only=True)
class Extension:
    """One extension as it is to stand in a certificate."""

    oid: str
    value: bytes
    critical: bytes = b""  # the encoded BOOLEAN


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return an element of DER."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def raw(
    subject: str | bytes,
    issuer: Made,
    *extensions: Extension,
    version: bytes = b"\xa0\x03\x02\x01\x02",
    serial: bytes = b"\x05",
    validity: tuple[bytes, bytes] = YEARS,
    inner: bytes | None = None,
    outer: bytes | None = None,
    issuer_name: bytes | None = None,
    public_key: bytes | None = None,
    uniques: bytes = b"",
) -> bytes:
    """Return a certificate's bytes, signed by the issuer's key; a user's, unless extensions say otherwise."""
    own = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = public_key or own.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    usual = RSA_SHA256 if isinstance(issuer.key, rsa.RSAPrivateKey) else EC_SHA256
    its = extensions or (Extension(oid=USAGES, value=CLIENT_ONLY),)
    listed = tlv(0xA3, tlv(SEQUENCE, *map(_extension, its))) if version else b""
    body = tlv(
        SEQUENCE,
        version,
        tlv(INTEGER, serial),
        inner or usual,
        issuer_name or issuer.certificate.subject.public_bytes(),
        tlv(SEQUENCE, *validity),
        subject if isinstance(subject, bytes) else name(subject).public_bytes(),
        spki,
        uniques,
        listed,
    )
    return tlv(SEQUENCE, body, outer or usual, tlv(BITS, b"\0", _signature(issuer, body)))


def _signature(issuer: Made, body: bytes) -> bytes:
    if isinstance(issuer.key, rsa.RSAPrivateKey):
        return issuer.key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
    return issuer.key.sign(body, ec.ECDSA(hashes.SHA256()))


def _extension(one: Extension) -> bytes:
    oid = x509.ObjectIdentifier(one.oid)
    return tlv(SEQUENCE, _oid(oid.dotted_string), one.critical, tlv(OCTETS, one.value))


def _oid(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    content = bytearray([40 * first + second])
    for number in others:
        parts = [number & 0x7F]
        while number := number >> 7:
            parts.append(0x80 | number & 0x7F)
        content += bytes(reversed(parts))
    return tlv(0x06, bytes(content))
