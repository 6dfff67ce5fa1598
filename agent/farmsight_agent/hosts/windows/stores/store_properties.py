"""What Windows keeps beside a stored certificate: its properties' bytes, as values (wincrypt.h, CERT_*_PROP_ID).

The bytes may be anything; nothing here raises. What does not read as what it
should be is empty.
"""

import struct
from typing import Final

from farmsight_agent.normalise import der

KEY_PROV_INFO: Final = 2
ENHKEY_USAGE: Final = 9
FRIENDLY_NAME: Final = 11
ARCHIVED: Final = 19
WANTED: Final = (KEY_PROV_INFO, ENHKEY_USAGE, FRIENDLY_NAME, ARCHIVED)

MOST_CHARACTERS: Final = 1024
MOST_USAGES: Final = 100
_PROVIDER_NAME_AT: Final = 8  # CRYPT_KEY_PROV_INFO.pwszProvName
_PROVIDER_OFFSET_AT: Final = 4  # the same where the structure is stored: 32-bit offsets for pointers


def text(raw: bytes, at: int = 0) -> str:
    """Return the UTF-16 text that begins at a byte and ends at a NUL, cut at 1024 characters."""
    units = raw[at : at + 2 * MOST_CHARACTERS]
    return units.decode("utf-16-le", "replace").partition("\0")[0]


def provider_in_memory(raw: bytes, address: int) -> str:
    """Return the provider's name from a CRYPT_KEY_PROV_INFO that was put at an address, its texts behind it."""
    if len(raw) < _PROVIDER_NAME_AT + 8:
        return ""
    (pointer,) = struct.unpack_from("<Q", raw, _PROVIDER_NAME_AT)
    return text(raw, pointer - address) if 0 < pointer - address < len(raw) else ""


def provider_stored(raw: bytes) -> str:
    """Return the provider's name from a CRYPT_KEY_PROV_INFO as the registry keeps it.

    There, 32-bit offsets from the structure's first byte stand for pointers
    ([MS-GPEF] 2.2.1.1.1.1, KEY_PROV_INFO).
    """
    if len(raw) < _PROVIDER_OFFSET_AT + 4:
        return ""
    (offset,) = struct.unpack_from("<I", raw, _PROVIDER_OFFSET_AT)
    return text(raw, offset) if 0 < offset < len(raw) else ""


def usages(raw: bytes) -> tuple[str, ...]:
    """Return the usages that CERT_ENHKEY_USAGE_PROP_ID allows, dotted; none: the certificate is good for nothing.

    The property is the DER of an extended key usage extension (RFC 5280 4.2.1.12).
    """
    try:
        listed = der.expect(raw, 0, len(raw), der.SEQUENCE)
        found = [der.dotted(der.content(raw, one)) for one in der.children(raw, listed) if one.tag == der.OID]
    except der.DerError:
        return ()
    return tuple(found[:MOST_USAGES])
