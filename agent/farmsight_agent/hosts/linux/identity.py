"""Who this machine is."""

import platform
import socket
from collections.abc import Sequence
from pathlib import Path

import psutil

from farmsight_agent.clock import timestamp
from farmsight_agent.hosts import boot
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.linux import files, resolver
from farmsight_agent.hosts.linux.membership import membership
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2


def identity(names: Sequence[str], server_name: str | None, root: Path = Path("/")) -> Seen[facts_pb2.HostIdentity]:
    """Return names, addresses, operating system, domain, boot time, and how the names given resolve."""
    host_name = socket.gethostname()
    release = _release(root)
    joined, domain = membership(root)
    value = facts_pb2.HostIdentity(
        computer_name=(server_name or host_name).partition(".")[0].upper(),
        fqdn=socket.getfqdn(host_name),
        addresses=addresses(),
        os_name=release.get("PRETTY_NAME") or release.get("NAME") or platform.system(),
        os_version=platform.release(),
        domain_joined=joined,
        domain_or_workgroup=domain,
        resolutions=resolver.resolutions(names, root),
    )
    value.booted_at.CopyFrom(timestamp(boot.booted()))
    return Seen(values=(value,), source="linux")


def _release(root: Path) -> dict[str, str]:
    for name in ("etc/os-release", "usr/lib/os-release"):
        try:
            found = files.settings(files.text(root / name))
        except NotObservedError:
            continue
        return found
    return {}


def addresses() -> list[str]:
    """Return the addresses of the interfaces, without loopback and link-local ones."""
    found = {
        one.address.partition("%")[0]
        for interface in psutil.net_if_addrs().values()
        for one in interface
        if one.family in {socket.AF_INET, socket.AF_INET6}
    }
    return sorted(a for a in found if not a.startswith(("127.", "fe80:", "169.254.")) and a != "::1")
