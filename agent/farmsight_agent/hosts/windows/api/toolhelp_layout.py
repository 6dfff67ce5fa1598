"""The structure of tlhelp32.h that processes are listed by, as a 64-bit Windows lays it out. Free of the platform.

Source: win32 documentation, PROCESSENTRY32W.
"""

from ctypes import Structure, c_int32, c_uint16, c_uint32, c_uint64
from typing import Any, ClassVar


class PROCESSENTRY32W(Structure):
    """One process."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("dwSize", c_uint32),
        ("cntUsage", c_uint32),
        ("th32ProcessID", c_uint32),
        ("th32DefaultHeapID", c_uint64),
        ("th32ModuleID", c_uint32),
        ("cntThreads", c_uint32),
        ("th32ParentProcessID", c_uint32),
        ("pcPriClassBase", c_int32),
        ("dwFlags", c_uint32),
        ("szExeFile", c_uint16 * 260),
    ]
