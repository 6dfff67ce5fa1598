"""What a certificate trust list says of itself, from bytes that may be anything.

A CTL is the content of a PKCS #7 signed message (RFC 2315 9.1) whose type is
szOID_CTL. Its fields are those of CTL_INFO in their order
(learn.microsoft.com/windows/win32/api/wincrypt/ns-wincrypt-ctl_info): version,
usages, identifier, number, two dates, the subjects' algorithm, the subjects.
The signature is not checked.
"""

from typing import Final

from farmsight_agent.clock import timestamp
from farmsight_agent.normalise import der
from farmsight_wire.v1 import facts_pb2

SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
CTL: Final = "1.3.6.1.4.1.311.10.1"
MOST_USAGES: Final = 100
MOST_IDENTIFIER_CHARACTERS: Final = 256
_EXPLICIT: Final = 0xA0
_TIMES: Final = (der.UTC_TIME, der.GENERALIZED_TIME)


def summary(data: bytes) -> facts_pb2.StoreCtl:
    """Return usages, identifier, dates and number of entries.

    Never raises: what can't be read is said in `parse_error`, and what was
    read before it stands.
    """
    into = facts_pb2.StoreCtl()
    try:
        _list(data, _content(data), into)
    except (der.DerError, ValueError, OverflowError) as error:
        into.parse_error = str(error)
    return into


def _content(data: bytes) -> der.Element:
    """Return the CertificateTrustList inside the signed message."""
    signed = _typed(data, der.expect(data, 0, len(data), der.SEQUENCE), SIGNED_DATA)
    signed = der.expect(data, signed.body, signed.end, der.SEQUENCE)
    version = der.expect(data, signed.body, signed.end, der.INTEGER)
    digests = der.expect(data, version.end, signed.end, der.SET)
    held = _typed(data, der.expect(data, digests.end, signed.end, der.SEQUENCE), CTL)
    return der.expect(data, held.body, held.end, der.SEQUENCE)


def _typed(data: bytes, info: der.Element, oid: str) -> der.Element:
    """Return the content of a ContentInfo of this type."""
    named = der.expect(data, info.body, info.end, der.OID)
    if der.dotted(der.content(data, named)) != oid:
        raise der.DerError(f"the type at byte {named.start} is not {oid}")
    return der.expect(data, named.end, info.end, _EXPLICIT)


def _list(data: bytes, ctl: der.Element, into: facts_pb2.StoreCtl) -> None:
    fields = list(der.children(data, ctl))
    if fields and fields[0].tag == der.INTEGER:  # version, absent when it is 1
        del fields[0]
    into.usages.extend(_usages(data, _taken(fields, der.SEQUENCE)))
    if fields and fields[0].tag == der.OCTET_STRING:
        into.identifier = _identifier(der.content(data, fields.pop(0)))
    if fields and fields[0].tag == der.INTEGER:  # sequence number
        del fields[0]
    into.this_update.CopyFrom(timestamp(der.instant(data, _taken(fields, *_TIMES))))
    if fields and fields[0].tag in _TIMES:
        into.next_update.CopyFrom(timestamp(der.instant(data, fields.pop(0))))
    _taken(fields, der.SEQUENCE)  # the subjects' algorithm
    if fields and fields[0].tag == der.SEQUENCE:
        into.entries = sum(1 for _ in der.children(data, fields[0]))


def _taken(fields: list[der.Element], *tags: int) -> der.Element:
    if not fields or fields[0].tag not in tags:
        raise der.DerError("a field of the trust list is missing or out of place")
    return fields.pop(0)


def _usages(data: bytes, listed: der.Element) -> list[str]:
    found = [der.dotted(der.content(data, one)) for one in der.children(data, listed) if one.tag == der.OID]
    return found[:MOST_USAGES]


def _identifier(raw: bytes) -> str:
    """Return the identifier as text: Windows writes UTF-16 with a NUL, others whatever they like, shown as hex."""
    try:
        text = raw.decode("utf-16-le").rstrip("\0")
    except UnicodeDecodeError:
        text = ""
    shown = text if text and text.isprintable() else raw.hex()
    return shown[:MOST_IDENTIFIER_CHARACTERS]
