"""One spelling of the words that sources spell in many ways."""

import re
from typing import Final

from farmsight_agent.normalise.names import escaped

# Store names as Windows documents them; anything else stays as it is found.
_STORES: Final = {
    name.lower(): name
    for name in (
        "ROOT",
        "CA",
        "MY",
        "AUTHROOT",
        "DISALLOWED",
        "TRUSTEDPEOPLE",
        "AdfsTrustedDevices",
        "ClientAuthIssuer",
        "NTAuth",
    )
}
_NOTHING: Final = frozenset({"", "(null)", "null"})
# How Windows spells the attributes (CertNameToStr), beside how this program does (RFC 4514 or the number).
_TYPES: Final = {
    "S": "ST",
    "E": "1.2.840.113549.1.9.1",
    "SN": "2.5.4.4",
    "SERIALNUMBER": "2.5.4.5",
    "T": "2.5.4.12",
    "TITLE": "2.5.4.12",
    "DESCRIPTION": "2.5.4.13",
    "POSTALCODE": "2.5.4.17",
    "POBOX": "2.5.4.18",
    "PHONE": "2.5.4.20",
    "G": "2.5.4.42",
    "I": "2.5.4.43",
    "0.9.2342.19200300.100.1.1": "UID",
}
_TYPE: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+")
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"(?!")')
_BARE: Final = re.compile(r'[^,;+"=<>]*')
_HEX_VALUE: Final = re.compile(r"#(?:[0-9A-Fa-f]{2})+")


def thumbprint(text: str) -> str:
    """Return a thumbprint as lower-case hex without blanks, colons or invisible marks."""
    return re.sub(r"[^0-9a-f]", "", text.lower())


def store_name(text: str) -> str:
    """Return the one spelling of a certificate store's name."""
    stripped = text.strip()
    return _STORES.get(stripped.lower(), stripped)


def certificate_store_of_binding(text: str) -> str:
    """Return the store a binding takes its certificate from; none named means MY."""
    return "MY" if text.strip().lower() in _NOTHING else store_name(text)


def named(text: str) -> str:
    """Return a store name or identifier, or "" where the source says that there is none."""
    return "" if text.strip().lower() in _NOTHING else store_name(text)


def application_id(text: str) -> str:
    """Return a GUID in lower case with braces, or ""."""
    bare = text.strip().strip("{}").lower()
    return f"{{{bare}}}" if bare and bare not in _NOTHING else ""


def reserved_url(text: str) -> str:
    """Return a reserved URL as http.sys has it: only scheme and host are folded to lower case."""
    scheme, mark, rest = text.strip().partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{host.lower()}{slash}{path}"


def endpoint_key(host: str, port: int) -> str:
    """Return `host:port` in lower case, an IPv6 address in brackets."""
    bare = host.strip().lower().strip("[]")
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"


def windows_name(text: str) -> str:
    """Return a name as Windows and .NET show it ("CN=a, S=b") in the spelling of RFC 4514, where that is plain to tell.

    They quote a value that holds a separator and double the quotes in it;
    what is not spelt so comes back as it is.
    """
    parts: list[str] = []
    rest = text.strip()
    while rest:
        shown, mark, rest = _attribute(rest)
        if not shown or (mark and not rest):
            return text
        parts.append(shown + mark)
    return "".join(parts) or text


def _attribute(text: str) -> tuple[str, str, str]:
    """Return the first attribute, the mark behind it and what follows; "" for what is no attribute."""
    kind, equals, value = text.partition("=")
    kind = kind.strip().removeprefix("OID.")
    if not equals or not kind or not _TYPE.fullmatch(kind):
        return "", "", ""
    value = value.lstrip()
    quoted = _QUOTED.match(value)
    held = quoted or _BARE.match(value)
    shown = held[0] if held else ""
    mark, rest = _mark(value[len(shown) :].lstrip())
    plain = shown[1:-1].replace('""', '"') if quoted else shown.rstrip()
    if mark is None or (not quoted and "\\" in plain):
        return "", "", ""
    written = plain.lower() if _HEX_VALUE.fullmatch(plain) and not quoted else escaped(plain)
    return f"{_TYPES.get(kind.upper(), kind)}={written}", mark, rest


def _mark(text: str) -> tuple[str | None, str]:
    """Return the separator that a text begins with and what follows it; None when it begins with another thing."""
    if not text:
        return "", ""
    if text[0] in ",;":
        return ",", text[1:].lstrip()
    return ("+", text[1:].lstrip()) if text[0] == "+" else (None, "")
