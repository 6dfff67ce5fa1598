"""Search filters: text (RFC 4515) to bytes (RFC 4511 4.5.1.7), within bounds."""

import re
from typing import Final

from farmsight_agent.retrieve import ldap_ber as ber

DEEPEST: Final = 8
LONGEST: Final = 2048
_ITEM: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9.;-]{0,200})\s*(=|>=|<=|~=)([^()]*)", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\([0-9A-Fa-f]{2})")
_COMPARED: Final = {"=": 0xA3, ">=": 0xA5, "<=": 0xA6, "~=": 0xA8}
_GROUPS: Final = {"&": 0xA0, "|": 0xA1}
_NOT, _PRESENT, _SUBSTRINGS = 0xA2, 0x87, 0xA4
_INITIAL, _ANY, _FINAL = 0x80, 0x81, 0x82


def encode(text: str) -> bytes:
    """Return a filter as bytes; raises ValueError for what is none.

    A filter without the outer brackets is taken, for that is how AD CS
    writes it into certificates. Extensible matching is not known here.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise ValueError(f"a filter of {len(text)} characters")
    bracketed = text if text.startswith("(") else f"({text})"
    made, end = _filter(bracketed, 0, 0)
    if end != len(bracketed):
        raise ValueError("text behind the filter")
    return made


def _filter(text: str, at: int, depth: int) -> tuple[bytes, int]:
    """Encode the filter whose bracket opens at `at`; return it and where it ends."""
    if depth > DEEPEST:
        raise ValueError(f"a filter nested deeper than {DEEPEST}")
    if text[at : at + 1] != "(":
        raise ValueError("a bracket is missing in the filter")
    sign = text[at + 1 : at + 2]
    if sign in {*_GROUPS, "!"}:
        return _composed(text, at + 2, depth, sign)
    found = _ITEM.match(text, at + 1)
    if found is None or text[found.end() : found.end() + 1] != ")":
        raise ValueError("not a filter")
    return _item(*found.groups()), found.end() + 1


def _composed(text: str, at: int, depth: int, sign: str) -> tuple[bytes, int]:
    parts = []
    while text[at : at + 1] == "(":
        part, at = _filter(text, at, depth + 1)
        parts.append(part)
    if text[at : at + 1] != ")" or not parts or (sign == "!" and len(parts) != 1):
        raise ValueError("a filter that does not end")
    return ber.tlv(_NOT if sign == "!" else _GROUPS[sign], b"".join(parts)), at + 1


def _item(attribute: str, operator: str, value: str) -> bytes:
    name = attribute.encode("ascii")
    if operator == "=" and value == "*":
        return ber.tlv(_PRESENT, name)
    if operator == "=" and "*" in value:
        first, *middle, last = (_unescaped(part) for part in value.split("*"))
        parts = [(_INITIAL, first), *((_ANY, part) for part in middle), (_FINAL, last)]
        inner = b"".join(ber.tlv(tag, part) for tag, part in parts if part)
        if not inner:
            raise ValueError("a filter of stars alone")
        return ber.tlv(_SUBSTRINGS, ber.octets(name) + ber.tlv(ber.SEQUENCE, inner))
    return ber.tlv(_COMPARED[operator], ber.octets(name) + ber.octets(_unescaped(value)))


def _unescaped(value: str) -> bytes:
    data = value.encode("utf-8")
    if b"\\" in _ESCAPE.sub(b"", data):
        raise ValueError("a broken escape in the filter")
    return _ESCAPE.sub(lambda one: bytes([int(one.group(1), 16)]), data)
