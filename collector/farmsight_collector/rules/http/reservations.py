"""How URL reservations are read: host class, port and path (UrlPrefix strings, win32 HTTP documentation)."""

import re
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.bindings import ADFS_SERVICE_SID, known_name
from farmsight_collector.model.view import Farm, Held, Server

URL: Final = re.compile(r"(?i)^(https?)://([^/:\s]+|\[[^\]\s]+\]):(\d{1,5})(/\S*)?$")
# NT SERVICE\drs, appproxysvc and appproxyctrl: AD FS's and WAP's own services.
OWN_SIDS: Final = frozenset(
    {
        ADFS_SERVICE_SID,
        "S-1-5-80-1321940109-3370001082-3650459431-215109509-2472514016",
        "S-1-5-80-636943232-1596372972-3684846061-3750945486-4038901559",
        "S-1-5-80-4255224530-1876464953-162367865-2220462199-3561828522",
    }
)
EVERYONE: Final = "S-1-1-0"


@dataclass(frozen=True, kw_only=True)
class Reserved:
    """One reservation, taken apart."""

    held: Held
    host: str  # "+", "*" or a lower-case name
    port: int
    path: str  # lower case, ends with a slash

    @property
    def host_class(self) -> int:
        """Return the order in which http.sys looks at host forms: 0 first."""
        return {"+": 0, "*": 2}.get(self.host, 1)

    @property
    def sids(self) -> frozenset[str]:
        """Return the SIDs that its access list names."""
        return frozenset(t.sid for t in self.held.value.trustees)


def reserved(server: Server) -> tuple[Reserved, ...]:
    """Return the https reservations of a server; raises UnknownFactError."""
    found = []
    for held in server.need("url-reservation"):
        match = URL.match(held.value.url or held.key)
        if match is None or match[1].lower() != "https":
            continue
        path = (match[4] or "/").lower()
        path = path if path.endswith("/") else path + "/"
        found.append(Reserved(held=held, host=match[2].lower(), port=int(match[3]), path=path))
    return tuple(found)


def for_adfs(farm: Farm, server: Server, port: int) -> tuple[Reserved, ...]:
    """Return the reservations through which AD FS may serve /adfs/ on this port, in any host form.

    Where the service's name is not known, the host of a reservation for
    /adfs/ is taken for it.
    """
    name = known_name(farm)
    here = (r for r in reserved(server) if r.port == port and r.path in ("/adfs/", "/"))
    return tuple(r for r in here if r.host in ("+", "*", name) or (name is None and r.path == "/adfs/"))
