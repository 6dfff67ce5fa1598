"""Distinguished names as RFC 5280 7.1 compares them, on their DER.

Two encodings of one name (PrintableString here, UTF8String there, other case,
other spacing) are one name to a chain builder, so they must be one name here.
"""

import unicodedata

from farmsight_collector.pki import der

_ENCODINGS = {
    0x0C: "utf-8",  # UTF8String
    0x12: "ascii",  # NumericString
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # TeletexString, as everybody uses it
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
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


def text_key(text: str) -> str:
    """Return a key for comparing names of which only RFC 4514 text is known."""
    return ",".join(_prepared(part) for part in text.split(","))


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
    encoding = _ENCODINGS.get(value.tag)
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
