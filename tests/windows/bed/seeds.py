"""What a test puts into certificate stores, as the registry file that CryptoAPI reads them from.

A store's entry is a value `Blob`: elements of property number, 1, length and
data, each number 32 bits; the certificate, CRL or CTL is the last element
([MS-GPNAP] 2.2 "serialized certificate", CertSerializeCertificateStoreElement).
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

LOCAL_MACHINE: Final = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates"
_SHA1_HASH, _FRIENDLY_NAME = 3, 11
_CONTENT: Final = {"Certificates": 32, "CRLs": 33, "CTLs": 34}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One certificate, CRL or CTL in a store; `properties` are added to its SHA-1."""

    store: str
    der: bytes
    kind: str = "Certificates"  # or CRLs, CTLs
    friendly_name: str = ""
    properties: dict[int, bytes] = field(default_factory=dict)
    below: str = LOCAL_MACHINE

    def text(self) -> str:
        """Return the entry as lines of a registry file."""
        sha1 = hashlib.sha1(self.der).digest()
        elements = [(_SHA1_HASH, sha1)]
        if self.friendly_name:
            elements.append((_FRIENDLY_NAME, f"{self.friendly_name}\0".encode("utf-16-le")))
        elements += [*self.properties.items(), (_CONTENT[self.kind], self.der)]
        blob = b"".join(struct.pack("<3I", number, 1, len(data)) + data for number, data in elements)
        return f'[{self.below}\\{self.store}\\{self.kind}\\{sha1.hex().upper()}]\n"Blob"=hex:{blob.hex(",")}\n'


def registry(entries: Iterable[Entry]) -> str:
    """Return the text of a registry file with all entries."""
    return "\n".join(("Windows Registry Editor Version 5.00\n", *(entry.text() for entry in entries)))
