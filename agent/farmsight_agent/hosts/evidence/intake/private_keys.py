"""Where a file holds a private key: such a file is refused whole, unread and unkept.

Keys are looked for in any dress: PEM anywhere in a text (also escaped in
JSON, also in UTF-16), PKCS #1, #8 and #12 and SEC 1 as DER or as base64,
OpenSSH, PuTTY, and the blobs of Windows. Certificates, CRLs, requests and
public keys are let through.
"""

import base64
import re
from typing import Final

# ASN.1 lengths: short, indefinite (older tools write PKCS #12 so), and of one to four bytes.
_L: Final = rb"(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)"
_SEQUENCE: Final = rb"\x30" + _L
_OID_PKCS7: Final = rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x01\x02]"
_OID_PBES: Final = rb"\x06[\x09\x0a]\x2a\x86\x48\x86\xf7\x0d\x01(?:\x05[\x01-\x0e]|\x0c\x01[\x01-\x06])"
_DER: Final = re.compile(
    _SEQUENCE
    + rb"(?:\x02\x01\x03" + _SEQUENCE + _OID_PKCS7  # PKCS #12
    + rb"|\x02\x01[\x00\x01]" + _SEQUENCE + rb"\x06"  # PKCS #8: an algorithm behind the version
    + rb"|\x02\x01[\x00\x01]\x02"  # PKCS #1, DSA: numbers behind the version
    + rb"|\x02\x01\x01\x04[\x14-\x42]"  # SEC 1: the number behind the version
    + rb"|" + _SEQUENCE + _OID_PBES + rb")",  # PKCS #8, encrypted by a password
    re.DOTALL,
)  # fmt: skip
_BLOB: Final = re.compile(
    rb"\x07\x02\x00\x00\x00[\x22\x24\xa4]\x00\x00(?:RSA|DSS)[24]"  # CryptoAPI
    rb"|RSA[23]..\x00\x00[\x01-\x08]\x00\x00\x00|ECS[246].\x00\x00\x00"  # CNG
    rb"|\x1e\xf1\xb5\xb0|\xfe\xed\xfe\xed\x00\x00\x00[\x01\x02]|openssh-key-v1\x00",  # .pvk, Java, OpenSSH
    re.DOTALL,
)
# What is searched for first, since it is fast, and what then must stand there.
_TEXTS: Final = (
    (b"PRIVATE KEY", re.compile(rb"-----(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")),
    (b"BEGIN SSH2", re.compile(rb"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----")),
    (b"PuTTY-User-Key-File-", re.compile(rb"PuTTY-User-Key-File-[0-9]: ")),
    (b"b3BlbnNzaC1rZXktdjE", re.compile(rb"b3BlbnNzaC1rZXktdjE")),  # OpenSSH, its lines of dashes lost
    (b"<InverseQ>", re.compile(rb"<InverseQ>")),  # RSA as XML: no public key has it
    (b'"kty"', re.compile(rb'"d"\s{0,9}:\s{0,9}"[A-Za-z0-9_-]{22}')),  # RFC 7517
)
_BASE64: Final = re.compile(rb"M[A-P][A-Za-z0-9+/]{30}")  # 24 bytes of what begins with a SEQUENCE
_MARGIN: Final = 4096  # blank bytes in front of a binary file, at most


def private_key_line(data: bytes) -> int | None:
    """Return the line, from 1, where a private key stands in a file of any kind; None where there is none."""
    start = data[:_MARGIN].lstrip()
    if _is_key(start) or _BLOB.match(start):
        return 1
    text = _narrow(data)
    found = [pattern.search(text) for word, pattern in _TEXTS if word in text]
    found.append(next((one for one in _BASE64.finditer(text) if _is_key(base64.b64decode(one[0]))), None))
    first = min((mark.start() for mark in found if mark), default=None)
    return None if first is None else text.count(b"\n", 0, first) + 1


def _is_key(der: bytes) -> bool:
    return _DER.match(der) is not None


def _narrow(data: bytes) -> bytes:
    """Return the bytes with what hides a key from a search taken away: UTF-16, slashes escaped in JSON."""
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    return data.replace(b"\\/", b"/") if b"\\/" in data else data
