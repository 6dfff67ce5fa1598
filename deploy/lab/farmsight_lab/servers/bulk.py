"""CRLs of any size, fast: written as DER by hand, since a builder of objects takes minutes for 20 MB."""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

_SHA256_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
_SHA256_ECDSA = bytes.fromhex("300a06082a8648ce3d040302")


def bulk_crl(
    issuer: x509.Certificate,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    entries: int,
    this_update: datetime,
    next_update: datetime,
    number: int = 1,
    serials: Iterable[int] = (),
) -> bytes:
    """Return a CRL (RFC 5280 5.1) with the serials given and so many entries more.

    An entry takes 37 bytes: 560,000 of them make about 20 MB. Signed with
    SHA-256; the times must lie between 1950 and 2049.
    """
    algorithm = _SHA256_RSA if isinstance(key, rsa.RSAPrivateKey) else _SHA256_ECDSA
    revoked_at = _time(this_update)
    rows = [_tlv(0x30, _integer(serial) + revoked_at) for serial in serials]
    # Sixteen-byte serials, as CAs use; each row is the same length, so one head does for all.
    head = bytes([0x30, 18 + len(revoked_at), 0x02, 16])
    rows += [head + (1 << 126 | n << 32).to_bytes(16, "big") + revoked_at for n in range(entries)]
    tbs = _tlv(
        0x30,
        _integer(1)
        + algorithm
        + issuer.subject.public_bytes()
        + revoked_at
        + _time(next_update)
        + (_tlv(0x30, b"".join(rows)) if rows else b"")
        + _tlv(0xA0, _tlv(0x30, _extensions(issuer, number))),
    )
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return _tlv(0x30, tbs + algorithm + _tlv(0x03, b"\0" + signature))


def _extensions(issuer: x509.Certificate, number: int) -> bytes:
    ski = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    identifier = _tlv(0x30, _tlv(0x80, ski))
    aki = _tlv(0x30, bytes.fromhex("0603551d23") + _tlv(0x04, identifier))
    return aki + _tlv(0x30, bytes.fromhex("0603551d14") + _tlv(0x04, _integer(number)))


def _time(at: datetime) -> bytes:
    return _tlv(0x17, at.strftime("%y%m%d%H%M%SZ").encode())


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + value
