"""ntdll.dll: the version of Windows as it is, whatever the program's manifest says.

Source: RtlGetVersion, learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlgetversion.
"""

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32"  # what it stands on is there only


class _Version(ctypes.Structure):
    """RTL_OSVERSIONINFOW."""

    _fields_ = (
        ("dwOSVersionInfoSize", wintypes.ULONG),
        ("dwMajorVersion", wintypes.ULONG),
        ("dwMinorVersion", wintypes.ULONG),
        ("dwBuildNumber", wintypes.ULONG),
        ("dwPlatformId", wintypes.ULONG),
        ("szCSDVersion", wintypes.WCHAR * 128),
    )


def version() -> str:
    """Return the version as "10.0.20348", "" where the system does not tell (it always does)."""
    told = _Version()
    told.dwOSVersionInfoSize = ctypes.sizeof(told)
    call = ctypes.WinDLL("ntdll").RtlGetVersion
    call.argtypes = (ctypes.POINTER(_Version),)
    call.restype = ctypes.c_long
    if call(ctypes.byref(told)) != 0:
        return ""
    return f"{told.dwMajorVersion}.{told.dwMinorVersion}.{told.dwBuildNumber}"
