"""Just enough DER to find the parts of a certificate whose bytes matter as bytes.

Names must be compared as they were encoded, and must be readable even where
the rest of the certificate is not, so they are cut out here and not taken
from a parser that has its own opinion of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SEQUENCE = 0x30
SET = 0x31
OBJECT_IDENTIFIER = 0x06


class DerError(ValueError):
    """The bytes are not DER of the expected form."""


@dataclass(frozen=True, kw_only=True)
class Element:
    """One tag-length-value: `whole` with its header, `content` without."""

    tag: int
    whole: bytes
    content: bytes


def elements(data: bytes) -> Iterator[Element]:
    """Yield the elements that stand one after the other; raises DerError."""
    at = 0
    while at < len(data):
        element = _element(data, at)
        yield element
        at += len(element.whole)


def only(data: bytes, tag: int) -> Element:
    """Return the single element that the bytes are; raises DerError."""
    found = _element(data, 0)
    if found.tag != tag or len(found.whole) != len(data):
        raise DerError(f"expected one element with tag {tag:#x}")
    return found


def _element(data: bytes, at: int) -> Element:
    begins, length = _extent(data, at)
    tag, end = data[at], begins + length
    if tag & 0x1F == 0x1F:
        raise DerError("tag numbers above 30 do not occur in names and certificates")
    return Element(tag=tag, whole=data[at:end], content=data[begins:end])


def dotted(element: Element) -> str:
    """Return an object identifier as people write it; raises DerError."""
    if element.tag != OBJECT_IDENTIFIER or not element.content or element.content[-1] & 0x80:
        raise DerError("expected an object identifier")
    numbers, value = [], 0
    for byte in element.content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def first_inside(data: bytes) -> tuple[int, int]:
    """Return where the first element inside the outermost begins and ends; raises DerError, and copies nothing."""
    begins, _ = _extent(data, 0)
    return begins, sum(_extent(data, begins))


def algorithms(data: bytes) -> tuple[bytes, bytes]:
    """Return the signature's algorithm as it is said inside and outside of what is signed; raises DerError.

    In certificates and CRLs it is the first SEQUENCE inside (RFC 5280 4.1.2.3, 5.1.2.2).
    """
    begins, _ = _extent(data, 0)
    at, size = _extent(data, begins)
    after = at + size
    inside = _element(data, at)
    while inside.tag != SEQUENCE:
        at += len(inside.whole)
        inside = _element(data, at)
    return inside.whole, _element(data, after).whole


def crl_issuer(data: bytes) -> bytes:
    """Return the issuer of a CRL as encoded (RFC 5280 5.1.2.3), with no copy of a long list; raises DerError."""
    begins, _ = _extent(data, 0)
    at, _ = _extent(data, begins)
    sequences = 0
    while True:
        one = _element(data, at)
        sequences += one.tag == SEQUENCE
        if sequences == 2:  # the algorithm is the first
            return one.whole
        at += len(one.whole)


def _extent(data: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the element at this place begins, and how long it is; raises DerError."""
    if len(data) - at < 2:
        raise DerError("cut short")
    length, header = data[at + 1], 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or len(data) - at < 2 + size:
            raise DerError("length is not definite DER")
        length = int.from_bytes(data[at + 2 : at + 2 + size])
        header += size
    if at + header + length > len(data):
        raise DerError("cut short")
    return at + header, length


def certificate_names(der: bytes) -> tuple[bytes, bytes]:
    """Return issuer and subject of a certificate as encoded (RFC 5280 4.1); raises DerError."""
    outer = next(elements(only(der, SEQUENCE).content), None)
    if outer is None or outer.tag != SEQUENCE:
        raise DerError("no TBSCertificate")
    fields = [field for field in elements(outer.content) if field.tag != 0xA0]  # version is optional
    if len(fields) < 5:
        raise DerError("TBSCertificate is too short")
    return fields[2].whole, fields[4].whole
