"""Distinguished names as people read them (RFC 4514), out of DER that a strict parser refuses.

Old CAs wrote umlauts as TeletexString. Windows reads such certificates; they
must not be lost here.
"""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.pki import der, names

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
_ESCAPED: Final = str.maketrans({sign: f"\\{sign}" for sign in '"+,;<>\\'} | {"\0": "\\00"})


def text(name: bytes) -> str:
    """Return a name as RFC 4514 has it, what can't be decoded replaced; raises DerError."""
    relative = [list(_attributes(rdn)) for rdn in der.elements(der.only(name, der.SEQUENCE).content)]
    return ",".join("+".join(f"{_SHORT.get(k, k)}={_escaped(v)}" for k, v in parts) for parts in reversed(relative))


def values(name: bytes, oid: str) -> tuple[str, ...]:
    """Return what a name has of an attribute, by its dotted OID; raises DerError."""
    listed = der.elements(der.only(name, der.SEQUENCE).content)
    return tuple(value for rdn in listed for kind, value in _attributes(rdn) if kind == oid)


def _attributes(rdn: der.Element) -> Iterator[tuple[str, str]]:
    for one in der.elements(rdn.content):
        fields = list(der.elements(one.content))
        if len(fields) != 2:
            raise der.DerError("an attribute is a type and a value")
        kind, value = fields
        yield der.dotted(kind), value.content.decode(names.ENCODINGS.get(value.tag, "latin-1"), "replace")


def _escaped(value: str) -> str:
    told = value.translate(_ESCAPED)
    if told[:1] in (" ", "#"):
        told = "\\" + told
    return told[:-1] + "\\ " if len(told) > 1 and told.endswith(" ") else told
