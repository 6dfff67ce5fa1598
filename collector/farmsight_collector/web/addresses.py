"""Under which names the page may be asked for, and which site a request may come from.

A page that listens on loopback can be reached by any web site that lets its
own name point to 127.0.0.1 (DNS rebinding): the Host header then has that
name. So only known names are answered. An address in figures is no name that
somebody else could have pointed here.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from farmsight_collector.identity.names import COLLECTOR

_LOCAL: Final = ("localhost", COLLECTOR)
_LONGEST: Final = 300


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of this page."""

    scheme: str  # as we serve it
    names: frozenset[str]  # in lower case
    url: str  # behind a reverse proxy: the address that people type, without a slash at its end

    def known(self, host: str) -> bool:
        """Tell whether a Host header names this page (RFC 9110, 7.2)."""
        name = host_name(host)
        return name is not None and (_is_figures(name) or name in self.names)

    def own_origins(self, host: str) -> frozenset[str]:
        """Return the origins (RFC 6454) that a form of ours, asked for at this host, may come from."""
        return frozenset(filter(None, (f"{self.scheme}://{host.lower()}", self.url.lower())))

    def same_site(self, host: str, origin: str | None, fetch_site: str | None) -> bool:
        """Tell whether a request that changes something comes from a page of ours.

        A browser says so by Origin or Sec-Fetch-Site (Fetch Metadata); one
        of them must be there, and none may say otherwise.
        """
        if origin is None and fetch_site is None:
            return False
        return (origin is None or origin.lower() in self.own_origins(host)) and fetch_site in (None, "same-origin")


def names(scheme: str, configured: tuple[str, ...], url: str) -> Names:
    """Return the names of a page: those of the collector, this machine's own, and that of a proxy before it."""
    outside = urlsplit(url).hostname
    all_names = {*_LOCAL, *configured, *([outside] if outside else [])}
    return Names(scheme=scheme, names=frozenset(name.lower() for name in all_names), url=url.rstrip("/"))


def host_name(host: str) -> str | None:
    """Return the name in a Host header in lower case, None when it is none."""
    if not host or len(host) > _LONGEST or not host.isascii():
        return None
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    whole = parts.netloc == host and not parts.username and parts.password is None
    return parts.hostname.rstrip(".") if whole and parts.hostname else None


def _is_figures(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(address: str) -> bool:
    """Tell whether an "address:port" is reached from this machine only."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_path(wanted: str) -> str:
    """Return a path of this site to go to; "/" for anything that a browser could take for another site.

    Browsers read a backslash as a slash, drop tabs and line breaks, and take // for a host (WHATWG URL).
    """
    sound = wanted.startswith("/") and not wanted.startswith("//") and len(wanted) <= 2000
    if not sound or "\\" in wanted or not wanted.isascii() or not wanted.isprintable():
        return "/"
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else "/"
