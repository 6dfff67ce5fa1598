"""ntdll.dll: the version of Windows as it is, whatever the program's manifest says.

Source: RtlGetVersion, learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlgetversion.
"""

import ctypes
import sys

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api.adapters_layout import OSVERSIONINFOW

assert sys.platform == "win32"  # what it stands on is there only


def version() -> str:
    """Return the version as "10.0.20348", "" where the system does not tell (it always does)."""
    told = OSVERSIONINFOW()
    told.dwOSVersionInfoSize = ctypes.sizeof(told)
    call = system_dll.load("ntdll").RtlGetVersion
    call.argtypes = (ctypes.POINTER(OSVERSIONINFOW),)
    call.restype = ctypes.c_long
    if call(ctypes.byref(told)) != 0:
        return ""
    return f"{told.dwMajorVersion}.{told.dwMinorVersion}.{told.dwBuildNumber}"
