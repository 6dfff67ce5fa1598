"""Distinguished names as text (RFC 4514)."""

from typing import Final

from farmsight_agent.normalise import der

# RFC 4514 section 3; every other attribute is shown by its number.
_SHORT: Final = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
_ENCODINGS: Final = {
    0x0C: "utf-8",  # UTF8String
    0x12: "ascii",  # NumericString
    0x13: "utf-8",  # PrintableString; what CAs really put there is UTF-8 at times
    0x14: "latin-1",  # TeletexString, as everybody reads it
    0x16: "utf-8",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
_SPECIAL: Final = frozenset('"+,;<>\\')
# Marks that turn the direction of writing: on a screen they make one name look like another.
_DIRECTION: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def name_text(der_name: bytes) -> str:
    """Return a DER-encoded Name as RFC 4514 text.

    Characters that would mislead a reader or break a line (controls, marks
    of writing direction) are escaped by their UTF-8 bytes, so that the text
    is whole and harmless. Bytes that are no Name come back as `#hex`.
    """
    try:
        name = der.expect(der_name, 0, len(der_name), der.SEQUENCE)
        parts = [_rdn(der_name, rdn) for rdn in der.children(der_name, name)]
    except der.DerError:
        return f"#{der_name.hex()}"
    return ",".join(reversed(parts))


def _rdn(data: bytes, rdn: der.Element) -> str:
    if rdn.tag != der.SET:
        raise der.DerError("a relative name that is no SET")
    return "+".join(_attribute(data, pair) for pair in der.children(data, rdn))


def _attribute(data: bytes, pair: der.Element) -> str:
    kind = der.expect(data, pair.body, pair.end, der.OID)
    value = der.element(data, kind.end, pair.end)
    oid = der.dotted(der.content(data, kind))
    return f"{_SHORT.get(oid, oid)}={_value(data, value)}"


def _value(data: bytes, value: der.Element) -> str:
    try:
        text = der.content(data, value).decode(_ENCODINGS[value.tag])
    except (KeyError, UnicodeDecodeError):
        return f"#{der.whole(data, value).hex()}"
    return escaped(text)


def escaped(text: str) -> str:
    """Return an attribute value escaped as RFC 4514 2.4 asks, controls by their bytes."""
    out = [_escaped_character(character) for character in text]
    if out and text[0] in "# ":
        out[0] = "\\" + text[0]
    if len(out) > 1 and text[-1] == " ":
        out[-1] = "\\ "
    return "".join(out)


def _escaped_character(character: str) -> str:
    if character in _SPECIAL:
        return "\\" + character
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0 or character in _DIRECTION:
        return "".join(f"\\{byte:02X}" for byte in character.encode("utf-8"))
    return character
