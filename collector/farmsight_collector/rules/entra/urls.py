"""What can be told of a CRL URL by looking at it."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from farmsight_collector.model.view import Held

# Top-level names that no public DNS serves (RFC 6761, 6762, 8375, 9476; ICANN on .corp, .home, .mail).
PRIVATE: Final = frozenset({"local", "localhost", "internal", "intranet", "lan", "corp", "home", "private", "arpa"})


def urls(held: Held) -> tuple[tuple[str, str], ...]:
    """Return the URLs of a CA object, each with the property that holds it."""
    both = (("CrlDistributionPoint", held.value.crl_url), ("DeltaCrlDistributionPoint", held.value.delta_crl_url))
    return tuple((field, url) for field, url in both if url)


def scheme(url: str) -> str:
    """Return the scheme in lower case; nothing for what is no URL."""
    try:
        return urlsplit(url.strip()).scheme.lower()
    except ValueError:
        return ""


def not_public(url: str) -> str:
    """Return why the host can't be reached from the Internet, or nothing when the URL does not say so."""
    if scheme(url) not in ("http", "https"):
        return ""
    host = (urlsplit(url.strip()).hostname or "").rstrip(".")
    if not host:
        return "names no host"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _by_name(host)
    return "" if address.is_global else "names an address that is not public"


def _by_name(host: str) -> str:
    if "." not in host:
        return "names a host without a domain"
    return "names a host in a private domain" if host.rpartition(".")[2] in PRIVATE else ""
