"""Structures of iptypes.h and wdm.h, under the headers' own names; of the first two only the front that is read.

Sources: IP_ADAPTER_ADDRESSES_LH and IP_ADAPTER_UNICAST_ADDRESS_LH, learn.microsoft.com/windows/win32/api/iptypes;
OSVERSIONINFOW, learn.microsoft.com/windows/win32/api/winnt. Numbers have their width here, so that a test on any
machine can hold the layout against the compiler's.
"""

import ctypes


class SOCKET_ADDRESS(ctypes.Structure):  # noqa: N801 - the header's name
    """Where a socket address lies, and how long it is."""

    _fields_ = (("lpSockaddr", ctypes.c_void_p), ("iSockaddrLength", ctypes.c_int32))


class IP_ADAPTER_UNICAST_ADDRESS_LH(ctypes.Structure):  # noqa: N801 - the header's name
    """One address of an adapter; IP_ADAPTER_DNS_SERVER_ADDRESS_XP begins alike."""

    _fields_ = (
        ("Length", ctypes.c_uint32),
        ("Flags", ctypes.c_uint32),
        ("Next", ctypes.c_void_p),
        ("Address", SOCKET_ADDRESS),
    )


class IP_ADAPTER_ADDRESSES_LH(ctypes.Structure):  # noqa: N801 - the header's name
    """One adapter."""

    _fields_ = (
        ("Length", ctypes.c_uint32),
        ("IfIndex", ctypes.c_uint32),
        ("Next", ctypes.c_void_p),
        ("AdapterName", ctypes.c_char_p),
        ("FirstUnicastAddress", ctypes.c_void_p),
        ("FirstAnycastAddress", ctypes.c_void_p),
        ("FirstMulticastAddress", ctypes.c_void_p),
        ("FirstDnsServerAddress", ctypes.c_void_p),
        ("DnsSuffix", ctypes.c_wchar_p),
        ("Description", ctypes.c_wchar_p),
        ("FriendlyName", ctypes.c_wchar_p),
        ("PhysicalAddress", ctypes.c_uint8 * 8),
        ("PhysicalAddressLength", ctypes.c_uint32),
        ("Flags", ctypes.c_uint32),
        ("Mtu", ctypes.c_uint32),
        ("IfType", ctypes.c_uint32),
        ("OperStatus", ctypes.c_int32),
    )


class OSVERSIONINFOW(ctypes.Structure):
    """The version of Windows."""

    _fields_ = (
        ("dwOSVersionInfoSize", ctypes.c_uint32),
        ("dwMajorVersion", ctypes.c_uint32),
        ("dwMinorVersion", ctypes.c_uint32),
        ("dwBuildNumber", ctypes.c_uint32),
        ("dwPlatformId", ctypes.c_uint32),
        ("szCSDVersion", ctypes.c_uint16 * 128),
    )
