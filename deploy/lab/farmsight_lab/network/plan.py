"""Where everything listens, and how a process is started on a server of the lab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.names import Addressing


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address to listen on, and the namespace to do it in ("" is our own)."""

    address: str
    port: int
    namespace: str = ""

    @property
    def listen(self) -> str:
        """Return address:port."""
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How to start a process on a server: what goes before its command, and settings of its agent."""

    prefix: tuple[str, ...] = ()
    connect_to: Mapping[str, str] = field(default_factory=dict)


class Network(Protocol):
    """One way for the lab's servers to be on a network."""

    kind: str
    addressing: Addressing
    collector_address: str  # where agents reach the collector

    def up(self) -> None:
        """Make it."""

    def down(self) -> None:
        """Leave nothing of it."""

    def site(self, which: str) -> Endpoint:
        """Return where the web server "main" or "mirror" listens."""

    def listener(self, server: str, port: int) -> Endpoint:
        """Return where a TLS listener of a server listens."""

    def arrange(self, farm: Farm) -> None:
        """Make routes and names what the farm says."""

    def launch(self, server: Server) -> Launch:
        """Return how to start this server's agent."""


def servers_of(farm: Farm) -> Sequence[Server]:
    """Return the servers in the order of their names."""
    return [farm.servers[name] for name in sorted(farm.servers)]


def write_text(path: Path, text: str) -> None:
    """Write a small file in place: a bind mount shows the file, so it must stay the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
