"""Where things lie in the lab's folder. `pki` stays between two labs, `run` is made anew by each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT: Final = Path(".farmsight/lab")


@dataclass(frozen=True)
class Layout:
    """The lab's folder."""

    root: Path

    @property
    def pki(self) -> Path:
        """Return where keys and certificates are kept."""
        return self.root / "pki"

    @property
    def users(self) -> Path:
        """Return where users' certificates lie, without their keys, for whoever wants to trace one."""
        return self.root / "users"

    def user(self, name: str) -> Path:
        """Return the certificate of a user."""
        return self.users / f"{name}.cer"

    @property
    def run(self) -> Path:
        """Return what one lab makes and the next one throws away."""
        return self.root / "run"

    @property
    def collector(self) -> Path:
        """Return the collector's data folder."""
        return self.run / "collector"

    @property
    def network(self) -> Path:
        """Return the files that are mounted into servers."""
        return self.run / "network"

    @property
    def world(self) -> Path:
        """Return what the process of web servers and listeners reads."""
        return self.run / "world.json"

    @property
    def orders(self) -> Path:
        """Return where faults to plant and to lift while the lab is up are left."""
        return self.run / "orders"

    @property
    def lock(self) -> Path:
        """Return the file that the lab which is up has locked; it holds its process id."""
        return self.root / "lock"

    def log(self, name: str) -> Path:
        """Return the log of a process."""
        return self.run / "logs" / f"{name}.log"

    def site(self, which: str) -> Path:
        """Return the folder of a web server."""
        return self.run / "web" / which

    def listeners(self, server: str) -> Path:
        """Return the folder of a server's listeners."""
        return self.run / "tls" / server

    def agent(self, server: str) -> Path:
        """Return the folder of an agent: its configuration, state and evidence."""
        return self.run / "agents" / server

    def evidence(self, server: str) -> Path:
        """Return an agent's evidence folder."""
        return self.agent(server) / "evidence"
