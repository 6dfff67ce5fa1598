"""SRV records through the system's own resolver (dnsapi.dll, DnsQuery_W).

Structures: learn.microsoft.com/windows/win32/api/windns.
"""

import ctypes
import sys
from ctypes import wintypes
from dataclasses import dataclass
from typing import Any, Final

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api.directory_layout import DnsRecordHead

assert sys.platform == "win32"  # what it stands on is there only

MOST_RECORDS: Final = 256
NO_SUCH_NAME: Final = 9003  # DNS_ERROR_RCODE_NAME_ERROR
NO_RECORDS: Final = 9501  # DNS_INFO_NO_RECORDS
_SRV: Final = 33
_FREE_LIST: Final = 1  # DnsFreeRecordList


class DnsError(Exception):
    """The resolver ended with this Win32 code."""

    def __init__(self, code: int) -> None:
        """Keep the code."""
        super().__init__(str(code))
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Service:
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


def services(name: str) -> tuple[Service, ...]:
    """Return the SRV records of a name, the one to turn to first; raises `DnsError`."""
    library = system_dll.load("dnsapi")
    query: Any = library.DnsQuery_W
    query.restype = wintypes.DWORD
    query.argtypes = (
        wintypes.LPCWSTR,
        wintypes.WORD,
        wintypes.DWORD,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_void_p,
    )
    library.DnsFree.argtypes = (ctypes.c_void_p, ctypes.c_int)
    library.DnsFree.restype = None
    first = ctypes.c_void_p()
    code = int(query(name, _SRV, 0, None, ctypes.byref(first), None))
    if code:
        raise DnsError(code)
    try:
        found = _records(first.value)
    finally:
        if first.value:
            library.DnsFree(first, _FREE_LIST)
    # Among equals the heaviest, and then by name: chance would make every run differ from the last.
    return tuple(sorted(found, key=lambda one: (one.priority, -one.weight, one.target)))


def _records(at: int | None) -> list[Service]:
    found: list[Service] = []
    for _count in range(MOST_RECORDS):
        if not at:
            break
        record = DnsRecordHead.from_address(at)
        if record.wType == _SRV and record.Data.pNameTarget:
            target = ctypes.wstring_at(record.Data.pNameTarget).rstrip(".").lower()
            one = record.Data
            found.append(Service(priority=one.wPriority, weight=one.wWeight, port=one.wPort, target=target))
        at = record.pNext
    return found
