"""What a body is, by its bytes, whatever its media type says."""

import base64
import re
from typing import Final

from farmsight_agent.normalise import der
from farmsight_wire.v1 import facts_pb2

_ENUMERATED: Final = 0x0A
_VERSION: Final = 0xA0
_MARK: Final = b"\xef\xbb\xbf"
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|title)[\s>/]", re.IGNORECASE)
_PEM: Final = {
    b"-----BEGIN X509 CRL-----": facts_pb2.BODY_KIND_PEM_CRL,
    b"-----BEGIN CRL-----": facts_pb2.BODY_KIND_PEM_CRL,
    b"-----BEGIN CERTIFICATE-----": facts_pb2.BODY_KIND_PEM_CERTIFICATE,
    b"-----BEGIN X509 CERTIFICATE-----": facts_pb2.BODY_KIND_PEM_CERTIFICATE,
    b"-----BEGIN TRUSTED CERTIFICATE-----": facts_pb2.BODY_KIND_PEM_CERTIFICATE,
    b"-----BEGIN PKCS7-----": facts_pb2.BODY_KIND_PKCS7,
}
_HEAD: Final = 4096  # how far text is looked at


def sniff(data: bytes) -> facts_pb2.BodyKind.ValueType:
    """Return what the bytes are by their structure; never raises."""
    if not data:
        return facts_pb2.BODY_KIND_EMPTY
    try:
        return _structure(data)
    except der.DerError:
        return _text(data)


def cut_off(data: bytes) -> bool:
    """Tell whether the bytes begin as DER and end before the length that they state."""
    if len(data) < 2 or data[0] != der.SEQUENCE:
        return False
    count = data[1] & 0x7F if data[1] >= 0x80 else 0
    if not 0 < count <= 4 or len(data) < 2 + count:
        return False
    length = int.from_bytes(data[2 : 2 + count], "big")
    # A length beyond any CRL is no length but other bytes.
    return len(data) < 2 + count + length <= 1 << 30


def pem_to_der(data: bytes) -> list[bytes]:
    """Return the DER of every PEM block (RFC 7468), in order; broken blocks are left out."""
    found = []
    for match in re.finditer(rb"-----BEGIN [A-Z0-9 ]{1,40}-----([^-]*)-----END", data):
        lines = [line for line in match.group(1).splitlines() if b":" not in line]
        try:
            found.append(base64.b64decode(b"".join(b"".join(lines).split()), validate=True))
        except ValueError:
            continue
    return found


def _structure(data: bytes) -> facts_pb2.BodyKind.ValueType:
    outer = der.expect(data, 0, len(data), der.SEQUENCE)
    inner = der.element(data, outer.body, outer.end)
    if inner.tag == der.OID:
        return facts_pb2.BODY_KIND_PKCS7
    if inner.tag == _ENUMERATED and inner.end - inner.body == 1:
        return facts_pb2.BODY_KIND_OCSP_RESPONSE
    if inner.tag != der.SEQUENCE:
        return facts_pb2.BODY_KIND_OTHER
    return _signed(data, inner)


def _signed(data: bytes, body: der.Element) -> facts_pb2.BodyKind.ValueType:
    """Tell a certificate from a CRL: only in a CRL a time follows the issuer's name."""
    tags = []
    for one in der.children(data, body):
        tags.append(one.tag)
        if len(tags) == 5:
            break
    if tags[:1] == [_VERSION] or (tags[:2] == [der.INTEGER, der.SEQUENCE] and _is_version_1(tags)):
        return facts_pb2.BODY_KIND_DER_CERTIFICATE
    without_version = tags[1:] if tags[:1] == [der.INTEGER] else tags
    if without_version[:2] == [der.SEQUENCE, der.SEQUENCE] and without_version[2:3] in (
        [der.UTC_TIME],
        [der.GENERALIZED_TIME],
    ):
        return facts_pb2.BODY_KIND_DER_CRL
    return facts_pb2.BODY_KIND_OTHER


def _is_version_1(tags: list[int]) -> bool:
    # serialNumber, signature, issuer, validity, subject
    return tags == [der.INTEGER, *[der.SEQUENCE] * 4]


def _text(data: bytes) -> facts_pb2.BodyKind.ValueType:
    head = data[:_HEAD].removeprefix(_MARK).lstrip()
    for mark, kind in _PEM.items():
        if mark in head:
            return kind
    if head[:1] == b"<" and _HTML.search(head):
        return facts_pb2.BODY_KIND_HTML
    return facts_pb2.BODY_KIND_OTHER
