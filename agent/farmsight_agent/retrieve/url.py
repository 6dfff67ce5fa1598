"""URLs out of certificates: hostile text, taken apart with care."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

LONGEST: Final = 2048
PORTS: Final = {"http": 80, "https": 443}
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f-\x9f]")


@dataclass(frozen=True, kw_only=True)
class HttpUrl:
    """An http or https URL, ready for a request; credentials in it are dropped."""

    scheme: str
    host: str  # without brackets, ASCII
    port: int
    target: str  # path and query as on the request line
    text: str  # without credentials and fragment

    @property
    def authority(self) -> str:
        """Return the value of the Host field."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def scheme_of(text: str) -> str:
    """Return the scheme in lower case, or "" when there is none."""
    found = re.match(r"\s*([A-Za-z][A-Za-z0-9+.-]*):", text)
    return found.group(1).lower() if found else ""


def parse(text: str) -> HttpUrl:
    """Take an http(s) URL apart; raises ValueError for one that can't be asked for.

    Blanks and bytes beyond ASCII are percent-encoded, as CAs write them plain.
    """
    parts = urlsplit(text.strip())
    scheme, name = parts.scheme.lower(), parts.hostname or ""
    if scheme not in PORTS or not name:
        raise ValueError("not an http or https URL with a host")
    host = name if name.isascii() else name.encode("idna").decode("ascii")
    if _CONTROL.search(host) or len(host) > 255:
        raise ValueError("not a host name")
    path = quote(parts.path or "/", safe="%/:=&?~+!$,;'@()*-._[]")
    query = quote(parts.query, safe="%/:=&?~+!$,;'@()*-._[]")
    target = f"{path}?{query}" if query else path
    port = PORTS[scheme] if parts.port is None else parts.port
    made = HttpUrl(scheme=scheme, host=host, port=port, target=target, text="")
    return HttpUrl(scheme=scheme, host=host, port=port, target=target, text=f"{scheme}://{made.authority}{target}")


def joined(base: HttpUrl, location: str) -> str:
    """Return where a Location field leads; raises ValueError when it leads nowhere."""
    return urljoin(base.text, location.strip())


def printable(text: str, most: int = LONGEST) -> str:
    """Return a URL that is fit for a key: what would not show is in percent form, and no longer than `most`."""
    return "".join(one if one.isprintable() else quote(one, safe="") for one in text.strip()[:most])


def printable_text(text: str, most: int = 500) -> str:
    """Return a detail for people without controls, and not longer than `most`."""
    return "".join(one if one.isprintable() else "?" for one in text[:most])
