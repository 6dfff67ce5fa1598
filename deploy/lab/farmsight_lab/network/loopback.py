"""Without namespaces: each server has a loopback address, and its agent a table of where names lead.

What a name leads to is then the agent's `connect_to` setting. A missing route
is played by an address to which no TCP connection may go: the kernel answers
"network is unreachable", as it does where there is no route.
"""

import socket
from typing import Final

from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.names import CERTAUTH, FEDERATION_SERVICE, PKI_HOST, SERVERS
from farmsight_lab.network.plan import Endpoint, Launch

_NUMBERS: Final = {server.name: server.number for server in SERVERS} | {"main": 120, "mirror": 121}
NO_ROUTE: Final = "255.255.255.255:80"
PORTS: Final = (80, 443, 49443)


def free_port(address: str) -> int:
    """Return a port that nobody has on this address just now."""
    with socket.socket() as trial:
        trial.bind((address, 0))
        return int(trial.getsockname()[1])


class Loopback:
    """The network of loopback addresses, with ports that were free when it was made."""

    kind = "loopback"
    collector_address = "127.0.0.1"

    def __init__(self) -> None:
        self._ports: dict[tuple[str, int], int] = {}

    def up(self) -> None:
        """Choose the ports."""
        for which in ("main", "mirror"):
            self._ports[which, 80] = free_port(_address(which))
        for server in SERVERS:
            for port in PORTS:
                self._ports[server.name, port] = free_port(_address(server.name))

    def down(self) -> None:
        """Leave nothing: there is nothing."""

    def site(self, which: str) -> Endpoint:
        """Return where a web server listens."""
        return Endpoint(address=_address(which), port=self._ports[which, 80])

    def listener(self, server: str, port: int) -> Endpoint:
        """Return where a TLS listener listens."""
        return Endpoint(address=_address(server), port=self._ports[server, port])

    def arrange(self, farm: Farm) -> None:
        """Do nothing: names are settings of the agents."""

    def launch(self, server: Server) -> Launch:
        """Return where names lead for this server's agent."""
        connect_to: dict[str, str] = {}
        if PKI_HOST not in server.unresolved:
            site = self.site(server.cdp).listen
            connect_to[f"{PKI_HOST}:80"] = NO_ROUTE if server.no_route else site
        for name in {FEDERATION_SERVICE, CERTAUTH} - server.unresolved:
            # Inside, the name leads to the AD FS nodes; each node answers for itself.
            holder = server.name if server.role == "adfs" else "STS01"
            for port in PORTS:
                connect_to[f"{name}:{port}"] = self.listener(holder, port).listen
        return Launch(connect_to=connect_to)


def _address(name: str) -> str:
    return f"127.0.1.{_NUMBERS[name]}"
