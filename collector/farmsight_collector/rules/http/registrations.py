"""How registered URLs are read: what http.sys hands to which process now, which a reservation only permits."""

import re
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.view import Held, Server

# As in a reservation; a registration for one address has that address after the port.
_URL: Final = re.compile(r"(?i)^https://([^/:\s]+|\[[^\]\s]+\]):(\d{1,5})(?::[^/\s]+)?(/\S*)?$")


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One registered URL, taken apart."""

    held: Held
    host: str  # "+", "*" or a lower-case name
    port: int
    path: str  # lower case, ends with a slash


def registered(server: Server) -> tuple[Registered, ...]:
    """Return the https URLs that are registered on a server; raises UnknownFactError."""
    found = []
    for held in server.need("url-registration"):
        match = _URL.match((held.value.url or held.key).strip())
        if match is not None:
            path = (match[3] or "/").lower().rstrip("/") + "/"
            found.append(Registered(held=held, host=match[1].lower(), port=int(match[2]), path=path))
    return tuple(found)


def of_adfs(server: Server, port: int) -> tuple[Registered, ...]:
    """Return what is registered below /adfs/ on a port, by whomever."""
    return tuple(one for one in registered(server) if one.port == port and one.path.startswith("/adfs/"))
