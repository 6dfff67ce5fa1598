"""Who this server is: names, addresses, Windows' version, domain, restarts, updates, and how it resolves names."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import pywintypes
import win32api

from farmsight_agent.clock import timestamp
from farmsight_agent.hosts import boot, resolution
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.api import adapters, ntdll, registry
from farmsight_agent.hosts.windows.network import domain
from farmsight_agent.hosts.windows.system import reboot, updates
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_CURRENT: Final = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_TCPIP: Final = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
_DNS_POLICY: Final = r"SOFTWARE\Policies\Microsoft\Windows NT\DNSClient"
_PHYSICAL_NETBIOS: Final = 4  # COMPUTER_NAME_FORMAT: never the name of a cluster that lives here for now
_PHYSICAL_FULLY_QUALIFIED: Final = 7
_MAX_HOSTS_BYTES: Final = 4 * 1024 * 1024

_text = partial(registry.text, registry.LOCAL_MACHINE)
_value = partial(registry.value, registry.LOCAL_MACHINE)


def identity(names: Sequence[str], server_name: str | None) -> Seen[facts_pb2.HostIdentity]:
    """Return who this server is, and how it resolves the names; raises FailedError, DeniedError."""
    joined, domain_name = domain.membership()
    up = adapters.adapters()
    waits, reasons = reboot.pending(partial(registry.exists, registry.LOCAL_MACHINE), _value)
    found = facts_pb2.HostIdentity(
        computer_name=(server_name or _name(_PHYSICAL_NETBIOS)).partition(".")[0].upper(),
        fqdn=_name(_PHYSICAL_FULLY_QUALIFIED).rstrip("."),
        addresses=sorted({address for one in up for address in one.addresses}),
        os_name=_text(_CURRENT, "ProductName") or "Windows",
        os_version=ntdll.version(),
        os_update_revision=registry.number(registry.LOCAL_MACHINE, _CURRENT, "UBR") or 0,
        installation_type=_text(_CURRENT, "InstallationType"),
        domain_joined=joined,
        domain_or_workgroup=domain_name,
        resolutions=resolution.resolutions(names, _hosts_file()),
        installed_updates=_updates(),
        pending_reboot=waits,
        pending_reboot_reasons=reasons,
        dns_servers=dict.fromkeys(server for one in up for server in one.dns_servers),
        dns_suffixes=_suffixes(up),
    )
    found.booted_at.CopyFrom(timestamp(boot.booted()))
    return Seen(values=(found,), source="windows")


def _name(form: int) -> str:
    try:
        return str(win32api.GetComputerNameEx(form))
    except pywintypes.error:
        return ""


def _updates() -> list[str]:
    """Return the installed updates; none where they can't be read, which the contract takes for "not collected"."""
    try:
        packages = registry.subkeys(registry.LOCAL_MACHINE, updates.PACKAGES)
        return updates.updates(packages, lambda name: _value(rf"{updates.PACKAGES}\{name}", updates.STATE))
    except NotObservedError:
        return []


def _suffixes(up: Sequence[adapters.Adapter]) -> list[str]:
    """Return the suffixes that are tried: the search list where one is set, else the machine's and its adapters'."""
    for path in (_DNS_POLICY, _TCPIP):
        listed = _text(path, "SearchList").replace(" ", ",").split(",")
        if any(listed):
            return list(dict.fromkeys(one for one in listed if one))
    own = (_text(_TCPIP, "Domain"), *(one.dns_suffix for one in up))
    return list(dict.fromkeys(one for one in own if one))


def _hosts_file() -> dict[str, set[str]]:
    """Return what the hosts file says, nothing where it can't be read: where an answer came from is not told then."""
    folder = _text(_TCPIP, "DataBasePath") or r"%SystemRoot%\System32\drivers\etc"
    try:
        with (Path(os.path.expandvars(folder)) / "hosts").open("rb") as file:
            return resolution.hosts_file(file.read(_MAX_HOSTS_BYTES).decode("utf-8", "replace"))
    except OSError:
        return {}
