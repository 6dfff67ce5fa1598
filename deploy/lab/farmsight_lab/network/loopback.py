"""Without namespaces: each server has a loopback address, and its agent a table of where names lead.

What a name leads to is then the agent's `connect_to` setting. A missing route
is played by an address to which no TCP connection may go: the kernel answers
"network is unreachable", as it does where there is no route.
"""

import random
import socket
from collections.abc import Collection
from typing import Final

from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.names import CERTAUTH, FEDERATION_SERVICE, ON_LOOPBACK, PKI_HOST, SERVERS
from farmsight_lab.network.plan import Endpoint, Launch

NO_ROUTE: Final = "255.255.255.255:80"
PORTS: Final = (80, 443, 49443)
# Below all that systems give to outgoing connections: those would take a port between its choice and its use.
CHOICE: Final = range(10_000, 32_000)
TRIES: Final = 200


def free_port(address: str, but: Collection[int] = ()) -> int:
    """Return a port that nobody has on this address, nor on all addresses, just now; none of `but`.

    Raises OSError when none was found in many tries.
    """
    for port in set(random.sample(CHOICE, TRIES)).difference(but):
        try:
            for host in (address, "0.0.0.0"):
                with socket.socket() as trial:
                    trial.bind((host, port))
        except OSError:
            continue
        return port
    raise OSError(f"no free port on {address} in {TRIES} tries between {CHOICE.start} and {CHOICE.stop}")


class Loopback:
    """The network of loopback addresses, with ports that were free when it was made."""

    kind = "loopback"
    addressing = ON_LOOPBACK
    collector_address = "127.0.0.1"

    def __init__(self) -> None:
        self._ports: dict[tuple[str, int], int] = {}
        self._certauth = False

    def up(self) -> None:
        """Choose the ports."""
        for which in ("main", "mirror"):
            self._ports[which, 80] = free_port(_address(which), self._ports.values())
        for server in SERVERS:
            for port in PORTS:
                self._ports[server.name, port] = free_port(_address(server.name), self._ports.values())

    def down(self) -> None:
        """Leave nothing: there is nothing."""

    def site(self, which: str) -> Endpoint:
        """Return where a web server listens."""
        return Endpoint(address=_address(which), port=self._ports[which, 80])

    def listener(self, server: str, port: int) -> Endpoint:
        """Return where a TLS listener listens."""
        return Endpoint(address=_address(server), port=self._ports[server, port])

    def arrange(self, farm: Farm) -> None:
        """Remember the mode; where names lead is a setting of each agent."""
        self._certauth = farm.mode == "certauth"

    def launch(self, server: Server) -> Launch:
        """Return where names lead for this server's agent."""
        connect_to = {f"{_address(server.name)}:{port}": self.listener(server.name, port).listen for port in PORTS}
        if PKI_HOST not in server.unresolved:
            site = self.site(server.cdp).listen
            connect_to[f"{PKI_HOST}:80"] = NO_ROUTE if server.no_route else site
        names = {FEDERATION_SERVICE, CERTAUTH} if self._certauth else {FEDERATION_SERVICE}
        for name in sorted(names - server.unresolved):
            # Inside, the name leads to the AD FS nodes; each node answers for itself.
            holder = server.name if server.role == "adfs" else "STS01"
            for port in PORTS:
                connect_to[f"{name}:{port}"] = self.listener(holder, port).listen
        return Launch(connect_to=connect_to)


def _address(name: str) -> str:
    if name in ("main", "mirror"):
        return ON_LOOPBACK.mirror if name == "mirror" else ON_LOOPBACK.main
    return ON_LOOPBACK.of(next(server for server in SERVERS if server.name == name))
