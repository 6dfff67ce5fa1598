"""What a certificate says of itself (RFC 5280 4.1), from DER that may be anything."""

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from farmsight_agent.clock import timestamp
from farmsight_agent.normalise import der
from farmsight_agent.normalise.names import name_text
from farmsight_wire.v1 import facts_pb2

_KEY_ALGORITHMS: Final = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSA",  # RSASSA-PSS keys
    "1.2.840.10045.2.1": "EC",
    "1.2.840.10040.4.1": "DSA",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
_KEY_BITS: Final = {"Ed25519": 256, "Ed448": 456}
_CURVE_BITS: Final = {
    "1.2.840.10045.3.1.1": 192,
    "1.3.132.0.33": 224,
    "1.2.840.10045.3.1.7": 256,
    "1.3.132.0.10": 256,
    "1.3.132.0.34": 384,
    "1.3.132.0.35": 521,
    "1.3.36.3.3.2.8.1.1.7": 256,
    "1.3.36.3.3.2.8.1.1.11": 384,
    "1.3.36.3.3.2.8.1.1.13": 512,
}
SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
AUTHORITY_KEY_IDENTIFIER: Final = "2.5.29.35"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
_LARGE: Final = 8 * 1024  # bytes; hardly any certificate is


def certificate_summary(data: bytes, keep: Callable[[bytes], bytes]) -> facts_pb2.CertificateSummary:
    """Return the summary of a DER certificate and keep its bytes as a blob.

    Never raises: what can't be read is said in `parse_error`. A certificate
    that does not parse at all has only its thumbprint, blob and that error; a
    broken extension leaves the other fields standing.
    """
    summary = facts_pb2.CertificateSummary(blob_sha256=keep(data))
    summary.MergeFrom(_summary(data) if len(data) > _LARGE else _remembered(data))
    return summary


def _summary(data: bytes) -> facts_pb2.CertificateSummary:
    summary = facts_pb2.CertificateSummary(sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest())
    read = facts_pb2.CertificateSummary()
    try:
        extensions = _body(data, read)
    except (der.DerError, ValueError, OverflowError) as error:
        summary.parse_error = str(error)
        return summary
    summary.MergeFrom(read)
    for oid, _critical, value in extensions:
        try:
            _extension(oid, value, summary)
        except der.DerError as error:
            summary.parse_error = f"extension {oid}: {error}"
    return summary


_remembered: Final = lru_cache(maxsize=1024)(_summary)  # the same roots are in every store, round after round


def extensions(data: bytes) -> list[tuple[str, bool, bytes]]:
    """Return (OID, critical, value) of each extension of a DER certificate; raises DerError."""
    outer = der.expect(data, 0, len(data), der.SEQUENCE)
    body = der.expect(data, outer.body, outer.end, der.SEQUENCE)
    return next((extension_list(data, one) for one in der.children(data, body) if one.tag == 0xA3), [])


def extension_list(data: bytes, holder: der.Element) -> list[tuple[str, bool, bytes]]:
    """Return (OID, critical, value) of an explicitly tagged Extensions field."""
    outer = der.expect(data, holder.body, holder.end, der.SEQUENCE)
    return [_one_extension(data, one) for one in der.children(data, outer)]


def _one_extension(data: bytes, one: der.Element) -> tuple[str, bool, bytes]:
    oid = der.expect(data, one.body, one.end, der.OID)
    value = der.expect(data, oid.end, one.end, der.BOOLEAN, der.OCTET_STRING)
    critical = value.tag == der.BOOLEAN and der.content(data, value) != b"\x00"
    if value.tag == der.BOOLEAN:
        value = der.expect(data, value.end, one.end, der.OCTET_STRING)
    return der.dotted(der.content(data, oid)), critical, der.content(data, value)


def algorithm(data: bytes, identifier: der.Element) -> str:
    """Return the dotted OID of an AlgorithmIdentifier."""
    return der.dotted(der.content(data, der.expect(data, identifier.body, identifier.end, der.OID)))


def _body(data: bytes, into: facts_pb2.CertificateSummary) -> list[tuple[str, bool, bytes]]:
    outer = der.expect(data, 0, len(data), der.SEQUENCE)
    if outer.end != len(data):
        raise der.DerError(f"{len(data) - outer.end} bytes after the certificate")
    fields = der.children(data, der.expect(data, outer.body, outer.end, der.SEQUENCE))
    field = _next(fields)
    versioned = field.tag == 0xA0
    serial = _next(fields, der.INTEGER) if versioned else field
    into.serial_number = der.integer_hex(data, serial)
    into.signature_algorithm = algorithm(data, _next(fields, der.SEQUENCE))
    issuer = der.whole(data, _next(fields, der.SEQUENCE))
    not_before, not_after = der.children(data, _next(fields, der.SEQUENCE))
    subject = der.whole(data, _next(fields, der.SEQUENCE))
    into.issuer, into.subject = name_text(issuer), name_text(subject)
    into.not_before.CopyFrom(timestamp(der.instant(data, not_before)))
    into.not_after.CopyFrom(timestamp(der.instant(data, not_after)))
    into.self_issued = facts_pb2.TRISTATE_YES if issuer == subject else facts_pb2.TRISTATE_NO
    _key(data, _next(fields, der.SEQUENCE), into)
    # Before version 3 nothing in a certificate says whether it is a CA's (RFC 5280 4.2.1.9).
    version_3 = versioned and der.content(data, field)[-1:] == b"\x02"
    into.is_ca = facts_pb2.TRISTATE_NO if version_3 else facts_pb2.TRISTATE_UNKNOWN
    return next((extension_list(data, one) for one in fields if one.tag == 0xA3), [])


def _next(fields: Iterator[der.Element], *tags: int) -> der.Element:
    found = next(fields, None)
    if found is None or (tags and found.tag not in tags):
        raise der.DerError("a field of the certificate is missing or out of place")
    return found


def _key(data: bytes, info: der.Element, into: facts_pb2.CertificateSummary) -> None:
    identifier = der.expect(data, info.body, info.end, der.SEQUENCE)
    oid = algorithm(data, identifier)
    name = _KEY_ALGORITHMS.get(oid, oid)
    into.public_key_algorithm = name
    if name == "RSA":
        bits = der.expect(data, identifier.end, info.end, der.BIT_STRING)
        key = der.expect(data, bits.body + 1, bits.end, der.SEQUENCE)
        modulus = der.expect(data, key.body, key.end, der.INTEGER)
        into.public_key_bits = int.from_bytes(der.content(data, modulus), "big").bit_length()
    elif name == "EC":
        parameters = list(der.children(data, identifier))[1:]
        named = parameters and parameters[0].tag == der.OID
        curve = der.dotted(der.content(data, parameters[0])) if named else ""
        into.public_key_bits = _CURVE_BITS.get(curve, 0)
    else:
        into.public_key_bits = _KEY_BITS.get(name, 0)


def _extension(oid: str, value: bytes, into: facts_pb2.CertificateSummary) -> None:
    if oid == SUBJECT_KEY_IDENTIFIER:
        inner = der.expect(value, 0, len(value), der.OCTET_STRING)
        into.subject_key_identifier = der.content(value, inner).hex()
    elif oid == AUTHORITY_KEY_IDENTIFIER:
        into.authority_key_identifier = authority_key(value)
    elif oid == BASIC_CONSTRAINTS:
        sequence = der.expect(value, 0, len(value), der.SEQUENCE)
        first = next(der.children(value, sequence), None)
        yes = first is not None and first.tag == der.BOOLEAN and der.content(value, first) != b"\x00"
        into.is_ca = facts_pb2.TRISTATE_YES if yes else facts_pb2.TRISTATE_NO


def authority_key(value: bytes) -> str:
    """Return the key identifier of an AuthorityKeyIdentifier, lower-case hex, or ""."""
    sequence = der.expect(value, 0, len(value), der.SEQUENCE)
    found = (der.content(value, one).hex() for one in der.children(value, sequence) if one.tag == 0x80)
    return next(found, "")
