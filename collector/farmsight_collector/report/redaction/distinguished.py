"""Distinguished names as text, in their parts (RFC 4514, and the ways in which tools print them)."""

import re
from collections.abc import Iterator
from typing import Final

from farmsight_collector.report.redaction.words import DIRECTORY_WORDS

# What an attribute names; all others name a thing of no kind. OIDs are those of RFC 4519 and RFC 2985.
CATEGORIES: Final = {
    "cn": "name",
    "o": "organisation",
    "ou": "unit",
    "dc": "domain",
    "l": "place",
    "st": "place",
    "s": "place",
    "street": "place",
    "postalcode": "place",
    "c": "country",
    "e": "mail",
    "email": "mail",
    "emailaddress": "mail",
    "1.2.840.113549.1.9.1": "mail",
    "serialnumber": "value",
    "2.5.4.5": "value",
    "uid": "value",
    "t": "value",
    "title": "value",
    "sn": "value",
    "gn": "value",
    "g": "value",
    "surname": "value",
    "givenname": "value",
    "organizationidentifier": "value",
    "2.5.4.97": "organisation",
}
_SPLIT: Final = re.compile(r"(?<!\\)(?:[,;+]|\r?\n)")
_ESCAPED: Final = re.compile(r"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_MOST: Final = 100  # parts of one name


def parts(name: str) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a name: type in lower case, and value as it is spelled there (with its escapes)."""
    for piece in _SPLIT.split(name)[:_MOST]:
        kind, equals, value = piece.partition("=")
        if equals and value.strip() and value.strip().lower() not in DIRECTORY_WORDS:
            yield kind.strip().lower().removeprefix("oid."), value.strip()


def unescaped(value: str) -> str:
    """Return a value without its escapes; what is no text stays as it is."""
    return _ESCAPED.sub(lambda found: _character(found[1]), value)


def _character(escaped: str) -> str:
    return chr(int(escaped, 16)) if len(escaped) == 2 and int(escaped, 16) < 128 else escaped


def is_microsofts(name: str) -> bool:
    """Tell whether a certificate's name is one of Microsoft's own, alike everywhere."""
    said = {(kind, value.lower()) for kind, value in parts(name)}
    return ("o", "microsoft corporation") in said or any(v.startswith("microsoft root") for k, v in said if k == "cn")
