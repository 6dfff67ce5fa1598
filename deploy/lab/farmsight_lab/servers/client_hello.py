"""The server name in a ClientHello, read before TLS starts (RFC 8446 4.1.2, RFC 6066 3)."""

import struct
from typing import Final

SERVER_NAME: Final = 0


def server_name(record: bytes) -> str | None:
    """Return the name that a client asks for, or None when it names none or the bytes aren't a hello."""
    try:
        return _name(record)
    except (IndexError, struct.error, UnicodeDecodeError):
        return None


def _name(record: bytes) -> str | None:
    if record[0] != 22 or record[5] != 1:
        return None
    at = 5 + 4 + 2 + 32  # record header, handshake header, version, random
    at += 1 + record[at]  # session id
    at += 2 + _uint16(record, at)  # cipher suites
    at += 1 + record[at]  # compression methods
    end = at + 2 + _uint16(record, at)
    at += 2
    while at + 4 <= end:
        kind, length = _uint16(record, at), _uint16(record, at + 2)
        at += 4
        if kind == SERVER_NAME:
            size = _uint16(record, at + 3)
            return record[at + 5 : at + 5 + size].decode("ascii")
        at += length
    return None


def _uint16(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", data, at)[0])
