"""Whether this server is in a domain, which, and which domain controller it turns to (netapi32, the local policy)."""

import sys
from dataclasses import dataclass
from typing import Any, Final

import pywintypes
import win32net
import win32security

from farmsight_agent.hosts.windows.api.limited import within
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

# NETSETUP_JOIN_STATUS: 0 unknown, 1 unjoined, 2 workgroup, 3 domain.
_JOINED: Final = {1: facts_pb2.TRISTATE_NO, 2: facts_pb2.TRISTATE_NO, 3: facts_pb2.TRISTATE_YES}
_LOCATE_S: Final = 8.0
_DS_DIRECTORY_SERVICE_REQUIRED: Final = 0x00000010
_DS_TIMESERV_REQUIRED: Final = 0x00000200
_DS_RETURN_DNS_NAME: Final = 0x40000000


def membership() -> tuple[facts_pb2.Tristate.ValueType, str]:
    """Return whether the server is in a domain, and the name of the domain (by DNS where it has one) or workgroup."""
    try:
        name, status = win32net.NetGetJoinInformation()
    except pywintypes.error:
        return facts_pb2.TRISTATE_UNKNOWN, ""
    joined = _JOINED.get(int(status), facts_pb2.TRISTATE_UNKNOWN)
    if joined == facts_pb2.TRISTATE_YES:
        name = _dns_name() or name
    return joined, str(name or "")


def _dns_name() -> str:
    """Return the DNS name of the domain as the local policy keeps it, "" where it can't be read."""
    query: Any = win32security.LsaQueryInformationPolicy  # its stub says that it returns nothing
    try:
        policy = win32security.LsaOpenPolicy("", win32security.POLICY_VIEW_LOCAL_INFORMATION)
        held = query(policy, win32security.PolicyDnsDomainInformation)
    except pywintypes.error:
        return ""
    return str(held[1] or "") if held and len(held) > 1 else ""


def time_server() -> str:
    """Return the DNS name of a domain controller that tells the time; raises UnavailableError, TimedOutError."""
    return _located(_DS_TIMESERV_REQUIRED | _DS_RETURN_DNS_NAME, _LOCATE_S).host


@dataclass(frozen=True, kw_only=True)
class Controller:
    """A domain controller by its DNS name, with the domain and the forest it stands for, "" where not told."""

    host: str
    domain: str = ""
    forest: str = ""


def controller(seconds: float = _LOCATE_S) -> Controller:
    """Return a domain controller of the machine's own domain that holds the directory.

    Raises UnavailableError with the system's code in its detail, and TimedOutError.
    """
    return _located(_DS_DIRECTORY_SERVICE_REQUIRED | _DS_RETURN_DNS_NAME, seconds)


def _located(flags: int, seconds: float) -> Controller:
    try:
        found: Any = within(seconds, lambda: win32security.DsGetDcName(None, None, None, None, flags))
    except pywintypes.error as error:
        raise UnavailableError("no-domain-controller", f"error {error.winerror}", source="netlogon") from error
    return Controller(
        host=_plain(found["DomainControllerName"]),
        domain=_plain(found.get("DomainName")),
        forest=_plain(found.get("DnsForestName")),
    )


def _plain(name: object) -> str:
    return str(name or "").lstrip("\\").rstrip(".").lower()
