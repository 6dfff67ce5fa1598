"""A reader of DER that survives anything (ITU-T X.690).

Certificates and CRLs come from strangers. This reader takes only definite
lengths, never recurses by itself and raises nothing but `DerError`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OID: Final = 0x06
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

_MAX_OID_BYTES: Final = 128
_MAX_INTEGER_BYTES: Final = 4096


class DerError(ValueError):
    """The bytes are not the DER that was expected."""


class Element(NamedTuple):
    """One tag-length-value inside a larger buffer; `start` is where its tag stands."""

    tag: int
    start: int
    body: int
    end: int


def element(data: bytes, at: int, limit: int) -> Element:
    """Return the element that begins at `at` and ends before `limit`."""
    if at + 2 > limit:
        raise DerError(f"cut off at byte {at}")
    tag, length, body = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise DerError(f"multi-byte tag at byte {at}")
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 8 or body + count > limit:
            raise DerError(f"bad length at byte {at}")
        length = int.from_bytes(data[body : body + count], "big")
        body += count
    if length > limit - body:
        raise DerError(f"element at byte {at} is longer than what holds it")
    return Element(tag, at, body, body + length)


def children(data: bytes, parent: Element) -> Iterator[Element]:
    """Yield the elements inside a constructed one, in order."""
    at = parent.body
    while at < parent.end:
        inner = element(data, at, parent.end)
        yield inner
        at = inner.end


def expect(data: bytes, at: int, limit: int, *tags: int) -> Element:
    """Return the element at `at`, which must bear one of the tags."""
    found = element(data, at, limit)
    if found.tag not in tags:
        raise DerError(f"tag {found.tag:#04x} at byte {at}, expected {' or '.join(f'{t:#04x}' for t in tags)}")
    return found


def content(data: bytes, one: Element) -> bytes:
    """Return the value bytes of an element."""
    return data[one.body : one.end]


def whole(data: bytes, one: Element) -> bytes:
    """Return tag, length and value of an element."""
    return data[one.start : one.end]


def integer_hex(data: bytes, one: Element) -> str:
    """Return an INTEGER as lower-case hex without leading zeros; negative with a minus sign."""
    raw = content(data, one)
    if not raw or len(raw) > _MAX_INTEGER_BYTES:
        raise DerError(f"INTEGER of {len(raw)} bytes at byte {one.start}")
    return f"{int.from_bytes(raw, 'big', signed=True):x}"


def dotted(raw: bytes) -> str:
    """Return an OBJECT IDENTIFIER's value as dotted numbers."""
    if not raw or len(raw) > _MAX_OID_BYTES or raw[-1] & 0x80:
        raise DerError("not an object identifier")
    numbers: list[int] = []
    value = 0
    for byte in raw:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(n) for n in (first, numbers[0] - first * 40, *numbers[1:]))


def instant(data: bytes, one: Element) -> datetime:
    """Return a Time (RFC 5280 4.1.2.5) as an aware UTC datetime."""
    try:
        text = content(data, one).decode("ascii")
        if one.tag == UTC_TIME:
            year = int(text[:2])
            text = f"{2000 + year if year < 50 else 1900 + year}{text[2:]}"
        if len(text) == 13 and text.endswith("Z"):  # old CAs leave the seconds out
            text = text[:-1] + "00Z"
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise DerError(f"not a time at byte {one.start}") from error
