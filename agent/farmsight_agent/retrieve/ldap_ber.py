"""LDAP messages as bytes (RFC 4511 5.1: BER with definite lengths): what is sent, and what came."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_agent.normalise import der

SEQUENCE: Final = 0x30
_INTEGER, _BOOLEAN, _OCTETS, _ENUMERATED = 0x02, 0x01, 0x04, 0x0A

BIND_REQUEST: Final = 0x60
UNBIND_REQUEST: Final = 0x42
SEARCH_REQUEST: Final = 0x63
BIND_RESPONSE: Final = 0x61
SEARCH_ENTRY: Final = 0x64
SEARCH_DONE: Final = 0x65
SEARCH_REFERENCE: Final = 0x73
EXTENDED_RESPONSE: Final = 0x78  # with id 0: the server takes its leave (RFC 4511 4.4.1)
_REFERRAL: Final = 0xA3
MOST_REFERRALS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Result:
    """How an operation ended (LDAPResult): the code, the server's own words, and where it points to."""

    code: int
    diagnostic: str
    referrals: tuple[str, ...] = ()


def tlv(tag: int, content: bytes) -> bytes:
    """Return one element."""
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def octets(content: bytes) -> bytes:
    """Return an OCTET STRING."""
    return tlv(_OCTETS, content)


def message(number: int, operation: bytes) -> bytes:
    """Return an LDAPMessage."""
    return tlv(SEQUENCE, _whole_number(_INTEGER, number) + operation)


def bind_anonymously() -> bytes:
    """Return the BindRequest that proves nothing: version 3, no name, an empty password (RFC 4513 5.1.1)."""
    return tlv(BIND_REQUEST, _whole_number(_INTEGER, 3) + octets(b"") + tlv(0x80, b""))


def search(dn: str, scope: int, search_filter: bytes, attributes: tuple[str, ...], entries: int, seconds: int) -> bytes:
    """Return a SearchRequest that follows no alias and wants at most so many entries and seconds."""
    fields = (
        octets(dn.encode("utf-8")),
        _whole_number(_ENUMERATED, scope),
        _whole_number(_ENUMERATED, 0),  # neverDerefAliases
        _whole_number(_INTEGER, entries),
        _whole_number(_INTEGER, seconds),
        tlv(_BOOLEAN, b"\x00"),  # typesOnly
        search_filter,
        tlv(SEQUENCE, b"".join(octets(name.encode("ascii")) for name in attributes)),
    )
    return tlv(SEARCH_REQUEST, b"".join(fields))


def operation(data: bytes) -> tuple[int, der.Element]:
    """Return a message's id and its operation; raises `DerError`."""
    outer = der.expect(data, 0, len(data), SEQUENCE)
    number = der.expect(data, outer.body, outer.end, _INTEGER)
    if not 0 < number.end - number.body <= 4:
        raise der.DerError("a message id that is none")
    inner = der.element(data, number.end, outer.end)
    return int.from_bytes(data[number.body : number.end], "big", signed=True), inner


def result(data: bytes, one: der.Element) -> Result:
    """Return the LDAPResult that a response holds; raises `DerError`."""
    code = der.expect(data, one.body, one.end, _ENUMERATED)
    if not 0 < code.end - code.body <= 4:
        raise der.DerError("a result code that is none")
    matched = der.expect(data, code.end, one.end, _OCTETS)
    words = der.expect(data, matched.end, one.end, _OCTETS)
    referrals: tuple[str, ...] = ()
    if words.end < one.end:
        further = der.element(data, words.end, one.end)
        referrals = references(data, further) if further.tag == _REFERRAL else ()
    return Result(
        code=int.from_bytes(data[code.body : code.end], "big", signed=True),
        diagnostic=data[words.body : min(words.end, words.body + 500)].decode("utf-8", "replace"),
        referrals=referrals,
    )


def references(data: bytes, one: der.Element) -> tuple[str, ...]:
    """Return the URLs of a referral or a SearchResultReference, the first few; raises `DerError`."""
    found = []
    for each in der.children(data, one):
        found.append(data[each.body : min(each.end, each.body + 2048)].decode("utf-8", "replace"))
        if len(found) == MOST_REFERRALS:
            break
    return tuple(found)


def attributes(data: bytes, entry: der.Element) -> Iterator[tuple[str, der.Element]]:
    """Yield an entry's attributes, each with the SET of its values; raises `DerError`."""
    name = der.expect(data, entry.body, entry.end, _OCTETS)
    for one in der.children(data, der.expect(data, name.end, entry.end, SEQUENCE)):
        kind = der.expect(data, one.body, one.end, _OCTETS)
        values = der.expect(data, kind.end, one.end, der.SET)
        yield data[kind.body : min(kind.end, kind.body + 300)].decode("utf-8", "replace"), values


def _whole_number(tag: int, value: int) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
