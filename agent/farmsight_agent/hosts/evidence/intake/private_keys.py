"""Where a file holds a private key: such a file is refused whole, unread and unkept.

Keys are looked for in any dress: PEM anywhere in a text (also escaped in
JSON, also in UTF-16), PKCS #1, #8 and #12 and SEC 1 as DER or as base64,
OpenSSH, PuTTY, and the blobs of Windows. Certificates, CRLs, requests and
public keys are let through.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# ASN.1 lengths: short, indefinite (older tools write PKCS #12 so), and of one to four bytes.
_L: Final = rb"(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)"
_SEQUENCE: Final = rb"\x30" + _L
_OID_PKCS7: Final = rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x01\x02]"
_OID_PBES: Final = rb"\x06[\x09\x0a]\x2a\x86\x48\x86\xf7\x0d\x01(?:\x05[\x01-\x0e]|\x0c\x01[\x01-\x06])"
_DER: Final = re.compile(
    _SEQUENCE
    + rb"(?:(?P<pkcs12>\x02\x01\x03" + _SEQUENCE + _OID_PKCS7 + rb")"
    + rb"|(?P<pkcs8>\x02\x01[\x00\x01]" + _SEQUENCE + rb"\x06)"  # an algorithm behind the version
    + rb"|(?P<pkcs1>\x02\x01[\x00\x01]\x02)"  # numbers behind the version, as DSA has them too
    + rb"|(?P<sec1>\x02\x01\x01\x04[\x14-\x42])"  # the number behind the version
    + rb"|(?P<encrypted>" + _SEQUENCE + _OID_PBES + rb"))",
    re.DOTALL,
)  # fmt: skip
_BLOB: Final = re.compile(
    rb"(?P<cryptoapi>\x07\x02\x00\x00\x00[\x22\x24\xa4]\x00\x00(?:RSA|DSS)[24])"
    rb"|(?P<cng>RSA[23]..\x00\x00[\x01-\x08]\x00\x00\x00|ECS[246].\x00\x00\x00)"
    rb"|(?P<pvk>\x1e\xf1\xb5\xb0)|(?P<java>(?:\xfe\xed\xfe\xed|\xce\xce\xce\xce)\x00\x00\x00[\x01\x02])|(?P<openssh>openssh-key-v1\x00)",
    re.DOTALL,
)
# What is searched for first, since it is fast, what then must stand there, and what it is.
_TEXTS: Final = (
    (b"PRIVATE KEY", re.compile(rb"-----(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"), "pem"),
    (b"BEGIN SSH2", re.compile(rb"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"), "openssh"),
    (b"PuTTY-User-Key-File-", re.compile(rb"PuTTY-User-Key-File-[0-9]: "), "putty"),
    (b"b3BlbnNzaC1rZXktdjE", re.compile(rb"b3BlbnNzaC1rZXktdjE"), "openssh"),  # its lines of dashes lost
    (b"<InverseQ>", re.compile(rb"<InverseQ>"), "xml"),  # RSA as XML: no public key has it
    (b'"kty"', re.compile(rb'"d"\s{0,9}:\s{0,9}"[A-Za-z0-9_-]{22}'), "jwk"),  # RFC 7517
)
_BASE64: Final = re.compile(rb"M[A-P][A-Za-z0-9+/]{30}")  # 24 bytes of what begins with a SEQUENCE
_MARGIN: Final = 4096  # blank bytes in front of a binary file, at most
KINDS: Final = {
    "pkcs12": "a PKCS #12 file (.pfx, .p12), which carries a private key",
    "pkcs8": "a private key (PKCS #8)",
    "pkcs1": "a private key (PKCS #1)",
    "sec1": "a private key (SEC 1, elliptic curve)",
    "encrypted": "an encrypted private key (PKCS #8)",
    "cryptoapi": "a private key (a blob of CryptoAPI)",
    "cng": "a private key (a blob of CNG)",
    "pvk": "a private key (.pvk)",
    "java": "a Java key store",
    "openssh": "a private key (SSH)",
    "pem": "a private key (PEM)",
    "putty": "a private key (PuTTY)",
    "xml": "a private key (RSA as XML)",
    "jwk": "a private key (JSON Web Key)",
}


@dataclass(frozen=True, kw_only=True)
class PrivateKey:
    """That there is one: in which line, from 1, and of which of KINDS. Nothing of the key."""

    line: int
    kind: str


def private_key(data: bytes) -> PrivateKey | None:
    """Return where the first private key stands in a file of any kind, and what it is; None where there is none."""
    start = data[:_MARGIN].lstrip()
    whole = _DER.match(start) or _BLOB.match(start)
    if whole is not None:
        return PrivateKey(line=1, kind=str(whole.lastgroup))
    text = _narrow(data)
    first = min(_within(text), default=None)
    return None if first is None else PrivateKey(line=text.count(b"\n", 0, first[0]) + 1, kind=first[1])


def private_key_line(data: bytes) -> int | None:
    """Return the line, from 1, where a private key stands in a file of any kind; None where there is none."""
    found = private_key(data)
    return None if found is None else found.line


def _within(text: bytes) -> Iterator[tuple[int, str]]:
    """Yield where a key of each dress stands first, and its kind."""
    for word, pattern, kind in _TEXTS:
        mark = pattern.search(text) if word in text else None
        if mark is not None:
            yield mark.start(), kind
    for one in _BASE64.finditer(text):
        key = _DER.match(base64.b64decode(one[0]))
        if key is not None:
            yield one.start(), str(key.lastgroup)
            return


def _narrow(data: bytes) -> bytes:
    """Return the bytes with what hides a key from a search taken away: UTF-16, slashes escaped in JSON."""
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    return data.replace(b"\\/", b"/") if b"\\/" in data else data
