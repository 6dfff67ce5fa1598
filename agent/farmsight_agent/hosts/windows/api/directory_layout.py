"""The structures of winldap.h and windns.h that are read here, as a 64-bit Windows lays them out. Free of the platform.

Sources: learn.microsoft.com/windows/win32/api/winldap and .../windns.
"""

from ctypes import Structure, c_int32, c_uint16, c_uint32, c_void_p
from typing import Any, ClassVar


class LDAP_TIMEVAL(Structure):  # noqa: N801 - Microsoft's name
    """A time limit."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [("tv_sec", c_int32), ("tv_usec", c_int32)]


class LDAP_BERVAL(Structure):  # noqa: N801
    """One value of an attribute."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [("bv_len", c_uint32), ("bv_val", c_void_p)]


class DNS_SRV_DATAW(Structure):  # noqa: N801
    """What an SRV record says."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("pNameTarget", c_void_p),
        ("wPriority", c_uint16),
        ("wWeight", c_uint16),
        ("wPort", c_uint16),
        ("Pad", c_uint16),
    ]


class DnsRecordHead(Structure):
    """DNS_RECORDW up to the member of its union that is read here; the whole is longer."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("pNext", c_void_p),
        ("pName", c_void_p),
        ("wType", c_uint16),
        ("wDataLength", c_uint16),
        ("Flags", c_uint32),
        ("dwTtl", c_uint32),
        ("dwReserved", c_uint32),
        ("Data", DNS_SRV_DATAW),
    ]
