"""One spelling of the words that sources spell in many ways."""

import re
from typing import Final

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
    """Return a name as .NET shows it ("CN=a, S=b") in the spelling of RFC 4514, where that is plain to tell."""
    if '"' in text or "\\" in text:
        return text
    parts = [part.strip() for part in text.split(", ")]
    if not all("=" in part for part in parts):
        return text
    return ",".join(f"ST={part[2:]}" if part.startswith("S=") else part for part in parts)
