"""A network namespace for each server: what it can't reach, it can't reach.

    host 10.77.0.1 --+
    STS01 10.77.0.11 +-- bridge --+ web 10.77.1.20, 10.77.1.21
    WAP02 10.77.0.22 +

Each server has a route to 10.77.1.0/24; "no route" takes it away. /etc/hosts
and /etc/nsswitch.conf are the server's own by a private mount namespace. All
names begin with `fslab-`; what a killed lab left is removed at the next start.
"""

import contextlib
import os
import pwd
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.names import CERTAUTH, CONTEXT_ACCOUNTS, DOMAIN, FEDERATION_SERVICE, IN_NAMESPACES, PKI_HOST, SERVERS
from farmsight_lab.network.plan import Endpoint, Launch, servers_of, write_text

PREFIX: Final = "fslab-"
HUB: Final = f"{PREFIX}hub"
WEB: Final = f"{PREFIX}web"
HOST_ADDRESS: Final = "10.77.0.1"
PKI_NETWORK: Final = "10.77.1.0/24"
_BLOCKED_PRIORITY: Final = 100  # of the rules that keep accounts in; before the main table
_HERE: Final = IN_NAMESPACES
_NSSWITCH: Final = "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"


class NetworkError(Exception):
    """A command that makes the network failed."""


def possible() -> bool:
    """Tell whether namespaces can be made here: tried, not guessed."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        return False
    trial = f"{PREFIX}try-{os.getpid()}"
    steps = (
        ["ip", "netns", "add", trial],
        ["ip", "-n", trial, "link", "add", "br0", "type", "bridge"],
        ["ip", "-n", trial, "link", "add", "veth0", "type", "veth", "peer", "name", "veth1"],
        ["ip", "netns", "exec", trial, "unshare", "-m", "true"],
    )
    try:
        return all(subprocess.run(step, capture_output=True, check=False).returncode == 0 for step in steps)
    finally:
        subprocess.run(["ip", "netns", "del", trial], capture_output=True, check=False)


def namespace(server: str) -> str:
    """Return the name of a server's namespace."""
    return f"{PREFIX}{server.lower()}"


class Namespaces:
    """The network of namespaces; files that are mounted lie in `folder`."""

    kind = "namespaces"
    addressing = IN_NAMESPACES
    collector_address = HOST_ADDRESS

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def up(self) -> None:
        """Make bridge, namespaces and links; what an earlier lab left is removed first."""
        self.down()
        spaces = [namespace(server.name) for server in SERVERS]
        lines = [f"netns add {name}" for name in (HUB, WEB, *spaces)]
        lines.append(f"link add {PREFIX}host type veth peer name host netns {HUB}")
        lines.append(f"address add {HOST_ADDRESS}/24 dev {PREFIX}host")
        lines.append(f"link set {PREFIX}host up")
        _batch(lines)
        _batch(["link add br0 type bridge", "link set br0 up", "link set lo up", *_port("host")], HUB)
        for number, name in enumerate((WEB, *spaces)):
            _batch([f"link add eth0 type veth peer name p{number} netns {HUB}"], name)
        _batch([line for number in range(len(spaces) + 1) for line in _port(f"p{number}")], HUB)
        web = [f"address add {address}/24 dev eth0" for address in (_HERE.main, _HERE.mirror)]
        _batch(["link set lo up", *web, "link set eth0 up", "route add 10.77.0.0/24 dev eth0"], WEB)
        for server in SERVERS:
            lines = ["link set lo up", f"address add {_HERE.of(server)}/24 dev eth0", "link set eth0 up"]
            _batch([*lines, f"route add {PKI_NETWORK} dev eth0"], namespace(server.name))

    def down(self) -> None:
        """Remove every namespace and link that bears our name."""
        for name in _ours():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        # Its peer went with the hub; when a hub was never finished it is still here.
        subprocess.run(["ip", "link", "del", f"{PREFIX}host"], capture_output=True, check=False)

    def site(self, which: str) -> Endpoint:
        """Return where a web server listens."""
        return Endpoint(address=_HERE.mirror if which == "mirror" else _HERE.main, port=80, namespace=WEB)

    def listener(self, server: str, port: int) -> Endpoint:
        """Return where a TLS listener listens: the very port, in the server's namespace."""
        return Endpoint(address="0.0.0.0", port=port, namespace=namespace(server))

    def arrange(self, farm: Farm) -> None:
        """Give each server its hosts file, its route, and the rules for accounts that are not let out."""
        for server in servers_of(farm):
            write_text(self._file(server.name, "hosts"), _hosts(farm, server))
            write_text(self._file(server.name, "nsswitch.conf"), _NSSWITCH)
            verb = "del" if server.no_route else "replace"
            with contextlib.suppress(NetworkError):  # it is gone already
                _batch([f"route {verb} {PKI_NETWORK} dev eth0"], namespace(server.name))
            _block(server)

    def launch(self, server: Server) -> Launch:
        """Return the command that enters the server's namespaces."""
        return self._entering(server.name)

    def _entering(self, machine: str) -> Launch:
        mounts = [
            f"mount --bind {shlex.quote(str(self._file(machine, name)))} /etc/{name}"
            for name in ("hosts", "nsswitch.conf")
            if Path("/etc", name).exists()
        ]
        script = " && ".join([*mounts, 'exec "$@"'])
        command = ("ip", "netns", "exec", namespace(machine), "unshare", "-m", "--propagation", "private")
        return Launch(prefix=(*command, "sh", "-c", script, "sh"))

    def add_outside(self, name: str, number: int) -> None:
        """Add a machine that is no server of the farm."""
        space, port = namespace(name), f"p-{name.lower()}"
        _batch([f"netns add {space}"])
        _batch([f"link add eth0 type veth peer name {port} netns {HUB}"], space)
        _batch(_port(port), HUB)
        lines = ["link set lo up", f"address add {_HERE.servers}.{number}/24 dev eth0", "link set eth0 up"]
        _batch([*lines, f"route add {PKI_NETWORK} dev eth0"], space)

    def arrange_outside(self, name: str, farm: Farm) -> None:
        """Let names lead where they do outside: the farm's to its proxies."""
        proxies = [_HERE.of(server) for server in SERVERS if server.role == "wap"]
        names = {PKI_HOST: [_HERE.main], FEDERATION_SERVICE: proxies, "localhost": ["127.0.0.1"]}
        if farm.mode == "certauth":
            names[CERTAUTH] = proxies
        rows = [f"{address} {known}" for known, addresses in names.items() for address in addresses]
        write_text(self._file(name, "hosts"), "\n".join([*rows, ""]))
        write_text(self._file(name, "nsswitch.conf"), _NSSWITCH)

    def launch_outside(self, name: str) -> Launch:
        """Return the command that enters that machine's namespaces."""
        return self._entering(name)

    def _file(self, server: str, name: str) -> Path:
        return self._folder.resolve() / server / name


def _hosts(farm: Farm, server: Server) -> str:
    names: dict[str, list[str]] = {
        PKI_HOST: [_HERE.mirror if server.cdp == "mirror" else _HERE.main],
        FEDERATION_SERVICE: _HERE.of_nodes(),
        "localhost": ["127.0.0.1"],
    }
    if farm.mode == "certauth":
        names[CERTAUTH] = _HERE.of_nodes()
    rows = [
        f"{address} {name}"
        for name, addresses in names.items()
        if name not in server.unresolved
        for address in addresses
    ]
    own = _HERE.of(next(each for each in SERVERS if each.name == server.name))
    return "\n".join([*rows, f"{own} {server.name.lower()}.{DOMAIN} {server.name}", ""])


def _block(server: Server) -> None:
    """Turn away what accounts that are not let out send to the PKI; others are let out again."""
    space = namespace(server.name)
    with contextlib.suppress(NetworkError):  # there was none
        while True:
            _batch([f"rule del priority {_BLOCKED_PRIORITY}"], space)
    for context in sorted(server.blocked):
        user = pwd.getpwnam(CONTEXT_ACCOUNTS[server.role][context]).pw_uid
        _batch([f"rule add uidrange {user}-{user} to {PKI_NETWORK} priority {_BLOCKED_PRIORITY} unreachable"], space)


def _port(name: str) -> list[str]:
    return [f"link set {name} master br0", f"link set {name} up"]


def _ours() -> list[str]:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    return [line.split()[0] for line in listed.splitlines() if line.startswith(PREFIX)]


def _batch(lines: Iterable[str], space: str = "") -> None:
    command = ["ip", *(["-n", space] if space else []), "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    if done.returncode:
        raise NetworkError(f"ip {space}: {done.stderr.strip()}")
