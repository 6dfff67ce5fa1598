"""Distinguished names as RFC 5280 7.1 compares them, on their DER.

Two encodings of one name (PrintableString here, UTF8String there, other case,
other spacing) are one name to a chain builder, so they must be one name here.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from farmsight_collector.pki import der

ENCODINGS = {
    0x0C: "utf-8",  # UTF8String
    0x12: "ascii",  # NumericString
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # TeletexString, as everybody uses it
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
_HEX: Final = frozenset("0123456789abcdefABCDEF")
# Attributes by the names that RFC 4514, OpenSSL and Windows have for them.
_TYPES: Final = {
    "CN": "2.5.4.3",
    "SN": "2.5.4.4",
    "SERIALNUMBER": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "S": "2.5.4.8",
    "STREET": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "T": "2.5.4.12",
    "TITLE": "2.5.4.12",
    "D": "2.5.4.13",
    "DESCRIPTION": "2.5.4.13",
    "POSTALCODE": "2.5.4.17",
    "G": "2.5.4.42",
    "GN": "2.5.4.42",
    "GIVENNAME": "2.5.4.42",
    "I": "2.5.4.43",
    "INITIALS": "2.5.4.43",
    "DNQUALIFIER": "2.5.4.46",
    "E": "1.2.840.113549.1.9.1",
    "EMAIL": "1.2.840.113549.1.9.1",
    "EMAILADDRESS": "1.2.840.113549.1.9.1",
    "UNSTRUCTUREDNAME": "1.2.840.113549.1.9.2",
    "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25",
}


def canonical(name: bytes) -> bytes:
    """Return bytes that are equal for equal names; hostile bytes stand for themselves."""
    try:
        return b"".join(_relative_name(rdn) for rdn in der.elements(der.only(name, der.SEQUENCE).content))
    except der.DerError:
        return b"\xff" + name


def same(one: bytes, other: bytes) -> bool:
    """Tell whether two encoded names are the same name."""
    return one == other or canonical(one) == canonical(other)


@lru_cache(maxsize=16384)  # the same few names stand in every listing of every server
def text_key(text: str) -> str:
    """Return a key for comparing names of which only text is known.

    RFC 4514 and what Windows prints differ in how they call an attribute
    (ST and S), and in how they set a comma in a value apart (by a backslash,
    or by quotes); the key is the same for both.
    """
    relative: list[list[str]] = [[]]
    for attribute, ends in _split(text):
        kind, equals, value = attribute.partition("=")
        kind = kind.strip().upper().removeprefix("OID.")
        said = f"{_TYPES.get(kind, kind)}={_prepared(_plain(value))}" if equals else _prepared(_plain(attribute))
        relative[-1].append(said)
        if ends != "+":
            relative.append([])
    return "\x1e".join("\x1f".join(sorted(parts)) for parts in relative if parts)


def damaged(text: str) -> bool:
    """Tell whether characters of a name were lost on the way: another spelling of it may be the same name."""
    return "\N{REPLACEMENT CHARACTER}" in text or "?" in text


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Yield each attribute with the sign that ends it: a comma, a plus, or nothing at the end."""
    begins, quoted, escaped = 0, False, False
    for at, sign in enumerate(text):
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign in ",;+" and not quoted:
            yield text[begins:at], sign
            begins = at + 1
    yield text[begins:], ""


def _plain(value: str) -> str:
    """Return an attribute's value without quotes and escapes."""
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('""', '"')
    if "\\" not in value:
        return value
    made, at = bytearray(), 0
    while at < len(value):
        pair = value[at + 1 : at + 3]
        if value[at] != "\\":
            made += value[at].encode("utf-8", "surrogatepass")
            at += 1
        elif len(pair) == 2 and set(pair) <= _HEX:
            made.append(int(pair, 16))
            at += 3
        else:
            made += value[at + 1 : at + 2].encode("utf-8", "surrogatepass")
            at += 2
    return made.decode("utf-8", "replace")


def _relative_name(rdn: der.Element) -> bytes:
    if rdn.tag != der.SET:
        raise der.DerError("a relative name is a SET")
    body = b"".join(sorted(_attribute(part) for part in der.elements(rdn.content)))
    return len(body).to_bytes(4) + body


def _attribute(attribute: der.Element) -> bytes:
    fields = list(der.elements(attribute.content))
    if attribute.tag != der.SEQUENCE or len(fields) != 2 or fields[0].tag != der.OBJECT_IDENTIFIER:
        raise der.DerError("an attribute is a type and a value")
    kind, value = fields
    encoding = ENCODINGS.get(value.tag)
    if encoding is None:
        return kind.whole + value.whole
    try:
        text = value.content.decode(encoding)
    except UnicodeDecodeError:
        return kind.whole + value.whole
    prepared = _prepared(text).encode("utf-8", "surrogatepass")
    return kind.whole + b"\x0c" + len(prepared).to_bytes(4) + prepared


def _prepared(text: str) -> str:
    """Apply the string preparation of RFC 4518 as far as it changes a comparison."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())
