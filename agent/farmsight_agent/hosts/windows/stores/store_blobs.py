r"""The value `Blob` of a certificate, CRL or CTL in the registry (and in a user's own MY store, as a file).

It is a serialised element, as CertSerializeCertificateStoreElement makes it:
records of property number, encoding type and length (32 bits each, little
endian) and data; the element itself is the record numbered 32, 33 or 34.
Source: [MS-GPEF] 2.2.1.1.1 (certificate BLOB and its properties); CERT_CRL_PROP_ID and CERT_CTL_PROP_ID of wincrypt.h.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final

from farmsight_agent.hosts.windows.stores import store_properties
from farmsight_agent.hosts.windows.stores.store_elements import Element, Kind, element

NUMBER: Final = {Kind.CERTIFICATE: 32, Kind.CRL: 33, Kind.CTL: 34}
MOST_RECORDS: Final = 1000
_THUMBPRINT: Final = re.compile("[0-9A-Fa-f]{40}")
_MOST_SHOWN: Final = 40  # characters of a key's name that is no thumbprint
_HEAD: Final = struct.Struct("<III")
_WORDS: Final = {Kind.CERTIFICATE: "certificate", Kind.CRL: "CRL", Kind.CTL: "trust list"}


def read(kind: Kind, name: str, blob: bytes) -> Element:
    """Return the element that a blob holds; `name` is its key's, a thumbprint.

    Never raises: a blob without an element, or that is cut off before one,
    is an element without data whose trouble says so. It has its key's name
    for a thumbprint where that is one: else it could pass for another element.
    """
    properties: dict[int, bytes] = {}
    for number, data in _records(blob):
        if number == NUMBER[kind]:
            provider = store_properties.provider_stored(properties.get(store_properties.KEY_PROV_INFO, b""))
            return element(kind, data, properties, provider=provider)
        if number in store_properties.WANTED:
            properties.setdefault(number, bytes(data))
    trouble = f"its {len(blob)} bytes hold no {_WORDS[kind]}"
    if _THUMBPRINT.fullmatch(name):
        return Element(sha1=name.lower(), data=None, properties=properties, trouble=trouble)
    shown = name[:_MOST_SHOWN].encode("unicode_escape").decode("ascii")
    return Element(sha1="", data=None, properties=properties, trouble=f"key {shown!r}: {trouble}")


def _records(blob: bytes) -> Iterator[tuple[int, memoryview]]:
    """Yield number and data of each whole record."""
    at, view = 0, memoryview(blob)
    for _ in range(MOST_RECORDS):
        if at + _HEAD.size > len(blob):
            return
        number, _encoding, length = _HEAD.unpack_from(blob, at)
        at += _HEAD.size
        if length > len(blob) - at:
            return
        yield number, view[at : at + length]
        at += length
