"""Exported certificate stores: .pem, .cer, .p7b (RFC 2315) and .sst.

Only certificates and CRLs are taken. A file that holds a private key is
refused whole: nothing of it is kept, and the refusal says so.
"""

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.documents.shapes import raw
from farmsight_agent.hosts.evidence.intake.private_keys import private_key_line
from farmsight_agent.normalise import der
from farmsight_agent.outcome import FailedError, UnavailableError

MAX_OBJECTS: Final = 20_000
_MARK: Final = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 ]{1,60})-----")
# Text may stand before the first block, as OpenSSL and friends write it.
_CERTIFICATE_MARK: Final = re.compile(
    rb"^-----BEGIN (?:(?:X509 |TRUSTED )?CERTIFICATE|X509 CRL|PKCS7|CMS)-----", re.MULTILINE
)
MARK_WITHIN: Final = 64 * 1024
_SST_MAGIC: Final = b"\0\0\0\0CERT"
_PKCS7_SIGNED: Final = "1.2.840.113549.1.7.2"
_PROPERTY_KEY: Final = 2  # CERT_KEY_PROV_INFO_PROP_ID
_PROPERTY_USAGES: Final = 9  # CERT_ENHKEY_USAGE_PROP_ID
_PROPERTY_NAME: Final = 11  # CERT_FRIENDLY_NAME_PROP_ID
_ELEMENT_CERTIFICATE: Final = 32
_ELEMENT_CRL: Final = 33


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One certificate or CRL out of an exported store."""

    data: bytes
    is_crl: bool
    line: int = 1
    friendly_name: str = ""
    has_private_key: bool | None = None
    usages: bytes | None = None  # the property that restricts this copy; empty: it has none, None: not shown

    @property
    def sha1(self) -> str:
        """Return the thumbprint, which is also the name Windows gives a CRL."""
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()


def read(name: str, data: bytes) -> list[Exported]:
    """Return what a file of an exported store holds; raises NotObservedError naming file and line."""
    key = private_key_line(data)
    if key is not None:
        raise _refused(name, key)
    if data[:3].isspace() or not data.strip():
        data = data.lstrip()
    if not data:
        return []
    try:
        if data.startswith(_SST_MAGIC):
            found = list(_serialised(data))
        elif data[0] == der.SEQUENCE:
            found = _objects(name, data, 1)
        else:
            found = list(_armoured(name, data))
    except (der.DerError, ValueError) as error:
        raise FailedError("not-understood", f"{name}: {error}", source=f"evidence:{name}:1") from error
    if len(found) > MAX_OBJECTS:
        raise FailedError("too-many-objects", f"{name}: {len(found)}", source=f"evidence:{name}")
    return found


def looks_exported(data: bytes) -> bool:
    """Tell whether a file is an exported store or a certificate: by its first bytes, or by a PEM block of one."""
    if data.startswith(_SST_MAGIC) or _is_der(data):
        return True
    return _CERTIFICATE_MARK.search(data[:MARK_WITHIN]) is not None


def _is_der(data: bytes) -> bool:
    """Tell a SEQUENCE that spans the file (or would, were it not cut off) from text that begins with a 0."""
    try:
        outer = der.element(data, 0, len(data))
    except der.DerError:
        return len(data) > 4 and data[0] == der.SEQUENCE and data[1] in {0x82, 0x83}
    return outer.tag == der.SEQUENCE and outer.end > len(data) - 16


def _refused(name: str, line: int) -> UnavailableError:
    detail = f"{name}:{line}: holds a private key; nothing of the file was kept. Export certificates only."
    return UnavailableError("private-key-in-file", detail, source=f"evidence:{name}:{line}")


def blocks(data: bytes) -> Iterator[tuple[str, bytes, int]]:
    """Yield label, base64 text and line of each PEM block (RFC 7468), in one pass; raises DerError."""
    begun: re.Match[bytes] | None = None
    at, line = 0, 1
    for mark in _MARK.finditer(data):
        if (mark[1] == b"BEGIN") is (begun is not None) or (begun is not None and mark[2] != begun[2]):
            raise der.DerError("a PEM block that does not end, or ends as another")
        if begun is None:
            line += data.count(b"\n", at, mark.start())
            at, begun = mark.start(), mark
        else:
            yield begun[2].decode("ascii"), data[begun.end() : mark.start()], line
            begun = None
    if begun is not None:
        raise der.DerError("a PEM block that does not end")


def _armoured(name: str, data: bytes) -> Iterator[Exported]:
    found = False
    for label, text, line in blocks(data):
        found = True
        try:
            body = base64.b64decode(b"".join(text.split()), validate=True)
        except binascii.Error as error:
            raise der.DerError(f"line {line}: {error}") from error
        if label == "X509 CRL":
            yield Exported(data=body, is_crl=True, line=line)
        else:
            yield from _objects(name, body, line)
    if not found:
        bare = raw(data.decode("ascii", "replace"))  # base64 without its lines, as some tools export it
        if bare is None or bare[0] != der.SEQUENCE:
            raise der.DerError("neither DER nor PEM nor a serialised store")
        yield from _objects(name, bare, 1)


def certificates_only(name: str, data: bytes) -> list[Exported]:
    """Return the certificates of a PEM file that may hold its key beside them; the key is passed over."""
    try:
        labels = [(label, text, line) for label, text, line in blocks(data) if label.endswith("CERTIFICATE")]
        decoded = [(base64.b64decode(b"".join(text.split())), line) for _, text, line in labels]
    except (der.DerError, ValueError) as error:
        raise FailedError("not-understood", f"{name}: {error}", source=f"file:{name}") from error
    return [Exported(data=body, is_crl=False, line=line) for body, line in decoded]


def _objects(name: str, data: bytes, line: int) -> list[Exported]:
    """Tell certificate, CRL, PKCS #7 and key apart by the first elements inside."""
    try:
        outer = der.expect(data, 0, len(data), der.SEQUENCE)
        first = der.element(data, outer.body, outer.end)
    except der.DerError:
        return [Exported(data=data, is_crl=False, line=line)]  # named by its hash, its error said
    if first.tag == der.INTEGER:  # PKCS #1, #8 or #12
        raise _refused(name, line)
    if first.tag == der.OID:
        return list(_signed_data(data, outer, line))
    return [Exported(data=data, is_crl=_is_crl(data, first), line=line)]


def _is_crl(data: bytes, body: der.Element) -> bool:
    """Tell a CRL: where a certificate has its validity (a SEQUENCE), it has a time."""
    try:
        fields = [one.tag for one in der.children(data, body)][:4]
    except der.DerError:
        return False
    return any(tag in {der.UTC_TIME, der.GENERALIZED_TIME} for tag in fields)


def _signed_data(data: bytes, outer: der.Element, line: int) -> Iterator[Exported]:
    kind, wrapped = list(der.children(data, outer))[:2]
    if der.dotted(der.content(data, kind)) != _PKCS7_SIGNED:
        raise der.DerError("PKCS #7, but not of the kind that carries certificates")
    signed = der.expect(data, wrapped.body, wrapped.end, der.SEQUENCE)
    for field in der.children(data, signed):
        if field.tag in {0xA0, 0xA1}:
            for one in der.children(data, field):
                yield Exported(data=der.whole(data, one), is_crl=field.tag == 0xA1, line=line)


def _serialised(data: bytes) -> Iterator[Exported]:
    """Read a serialised store: properties of an element, then the element, until a record of zeros."""
    at, name, has_key, usages = len(_SST_MAGIC), "", False, b""
    while at + 12 <= len(data):
        kind, _encoding, length = struct.unpack_from("<III", data, at)
        body = data[at + 12 : at + 12 + length]
        if kind == 0:
            return
        if len(body) != length:
            break
        at += 12 + length
        if kind == _PROPERTY_NAME:
            name = body.decode("utf-16-le", "replace").rstrip("\0")
        elif kind == _PROPERTY_KEY:
            has_key = True
        elif kind == _PROPERTY_USAGES:
            usages = body
        elif kind in {_ELEMENT_CERTIFICATE, _ELEMENT_CRL}:
            is_crl = kind == _ELEMENT_CRL
            yield Exported(data=body, is_crl=is_crl, friendly_name=name, has_private_key=has_key, usages=usages)
            name, has_key, usages = "", False, b""
    raise der.DerError(f"the serialised store is cut off at byte {at}")
