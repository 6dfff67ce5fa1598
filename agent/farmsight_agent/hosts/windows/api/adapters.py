"""The network adapters: GetAdaptersAddresses of iphlpapi.dll, addresses and DNS servers as plain values."""

import ctypes
import ipaddress
import sys
from collections.abc import Iterator
from ctypes import wintypes
from dataclasses import dataclass
from typing import Any, Final

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api.adapters_layout import IP_ADAPTER_ADDRESSES_LH, IP_ADAPTER_UNICAST_ADDRESS_LH
from farmsight_agent.outcome import FailedError

assert sys.platform == "win32"  # what it stands on is there only

MAX_LINKS: Final = 4096  # of any list: a damaged one must end
_MAX_BYTES: Final = 16 * 1024 * 1024
_AF_INET: Final = 2
_AF_INET6: Final = 23
_FLAGS: Final = 0x2 | 0x4 | 0x20  # without anycast, multicast, friendly names
_BUFFER_OVERFLOW: Final = 111
_NO_DATA: Final = 232
_LOOPBACK: Final = 24  # IF_TYPE_SOFTWARE_LOOPBACK
_UP: Final = 1  # IfOperStatusUp
# Windows shows these where nobody set an IPv6 DNS server; nothing answers there.
_PLACEHOLDERS: Final = ipaddress.ip_network("fec0:0:0:ffff::/64")


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """One adapter that is up: its addresses (no link-local ones), its DNS servers in order, its DNS suffix."""

    addresses: tuple[str, ...]
    dns_servers: tuple[str, ...]
    dns_suffix: str


def adapters() -> tuple[Adapter, ...]:
    """Return the adapters that are up, loopback left out; raises FailedError."""
    buffer = _filled()
    if buffer is None:
        return ()
    found = (
        IP_ADAPTER_ADDRESSES_LH.from_address(at) for at in _links(ctypes.addressof(buffer), IP_ADAPTER_ADDRESSES_LH)
    )
    return tuple(_adapter(one) for one in found if one.OperStatus == _UP and one.IfType != _LOOPBACK)


def _filled() -> Any:  # noqa: ANN401 - a buffer of a size known only here
    """Return the buffer that the system filled, None where there is no adapter."""
    call = system_dll.load("iphlpapi").GetAdaptersAddresses
    call.argtypes = (wintypes.ULONG, wintypes.ULONG, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(wintypes.ULONG))
    call.restype = wintypes.ULONG
    size = wintypes.ULONG(16 * 1024)
    for _attempt in range(4):  # adapters may come while we ask
        buffer = ctypes.create_string_buffer(size.value)
        code = int(call(0, _FLAGS, None, buffer, ctypes.byref(size)))
        if code == 0:
            return buffer
        if code == _NO_DATA:
            return None
        if code != _BUFFER_OVERFLOW or size.value > _MAX_BYTES:
            break
    raise FailedError("adapters-not-readable", f"GetAdaptersAddresses: error {code}", source="iphlpapi")


def _links(first: int | None, kind: type[ctypes.Structure]) -> Iterator[int]:
    """Yield the addresses of a linked list's entries."""
    at = first
    for _count in range(MAX_LINKS):
        if not at:
            return
        yield at
        at = kind.from_address(at).Next


def _adapter(one: IP_ADAPTER_ADDRESSES_LH) -> Adapter:
    addresses = [a for a in _addresses(one.FirstUnicastAddress) if not (a.is_link_local or a.is_loopback)]
    servers = [a for a in _addresses(one.FirstDnsServerAddress) if a not in _PLACEHOLDERS]
    return Adapter(
        addresses=tuple(str(a) for a in addresses),
        dns_servers=tuple(str(a) for a in servers),
        dns_suffix=one.DnsSuffix or "",
    )


def _addresses(first: int | None) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    held = (
        IP_ADAPTER_UNICAST_ADDRESS_LH.from_address(at).Address for at in _links(first, IP_ADAPTER_UNICAST_ADDRESS_LH)
    )
    found = (_ip(ctypes.string_at(one.lpSockaddr, one.iSockaddrLength)) for one in held if one.lpSockaddr)
    return [one for one in found if one is not None]


def _ip(socket_address: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address of a SOCKADDR_IN or SOCKADDR_IN6, None for another family."""
    family = int.from_bytes(socket_address[:2], "little")
    if family == _AF_INET and len(socket_address) >= 8:
        return ipaddress.IPv4Address(socket_address[4:8])
    if family == _AF_INET6 and len(socket_address) >= 24:
        return ipaddress.IPv6Address(socket_address[8:24])
    return None
