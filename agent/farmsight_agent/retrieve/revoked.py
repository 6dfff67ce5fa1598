"""Does a CRL list a serial number? Answered without building the list."""

from collections.abc import Iterable
from typing import Final

from farmsight_agent.normalise import der

REASON_CODE: Final = bytes.fromhex("0603551d15")  # 2.5.29.21
REMOVE_FROM_CRL: Final = 8  # RFC 5280 5.3.1: the entry takes a revocation back


def lists_any(data: bytes, serials: Iterable[str]) -> bool:
    """Tell whether a DER CRL lists one of the serial numbers (hex) as revoked; never raises.

    Most lists do not hold the number's bytes at all; only when they do, the
    entries are walked to make sure that it is a serial number.
    """
    wanted = {_integer(serial) for serial in serials}
    if not any(number in data for number in wanted):
        return False
    try:
        return any(
            data[entry.body : entry.body + len(number)] == number and not _taken_back(data, entry)
            for entry in _entries(data)
            for number in wanted
        )
    except der.DerError:
        return False


def _entries(data: bytes) -> Iterable[der.Element]:
    outer = der.expect(data, 0, len(data), der.SEQUENCE)
    body = der.expect(data, outer.body, outer.end, der.SEQUENCE)
    after_time = False
    for one in der.children(data, body):
        if one.tag == der.SEQUENCE and after_time:
            yield from der.children(data, one)
        after_time = after_time or one.tag in (der.UTC_TIME, der.GENERALIZED_TIME)


def _taken_back(data: bytes, entry: der.Element) -> bool:
    at = data.find(REASON_CODE, entry.body, entry.end)
    if at < 0:
        return False
    value = der.expect(data, at + len(REASON_CODE), entry.end, der.BOOLEAN, der.OCTET_STRING)
    if value.tag == der.BOOLEAN:
        value = der.expect(data, value.end, entry.end, der.OCTET_STRING)
    return data[value.end - 1] == REMOVE_FROM_CRL


def _integer(serial: str) -> bytes:
    value = int(serial, 16)
    raw = value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
    return bytes([der.INTEGER, len(raw)]) + raw
