"""The names of all processes in one look (kernel32, tool help library).

It needs no right to any of them, and so knows those that nobody may open.
Source: win32 documentation, CreateToolhelp32Snapshot, PROCESSENTRY32W.
"""

import ctypes
import sys
from ctypes import c_int32, c_uint32, c_void_p
from typing import Final

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api.toolhelp_layout import PROCESSENTRY32W
from farmsight_agent.outcome import FailedError

assert sys.platform == "win32"  # what it stands on is there only

MAX_PROCESSES: Final = 100_000
_SNAPSHOT_OF_PROCESSES: Final = 0x2  # TH32CS_SNAPPROCESS
_INVALID_HANDLE: Final = c_void_p(-1).value


def process_names() -> dict[int, str]:
    """Return the file name of each process's program by its number; raises FailedError where there is no list."""
    kernel = system_dll.load("kernel32.dll")
    kernel.CreateToolhelp32Snapshot.restype = c_void_p
    kernel.CreateToolhelp32Snapshot.argtypes = [c_uint32, c_uint32]
    for call in (kernel.Process32FirstW, kernel.Process32NextW):
        call.restype, call.argtypes = c_int32, [c_void_p, ctypes.POINTER(PROCESSENTRY32W)]
    kernel.CloseHandle.argtypes = [c_void_p]
    snapshot = kernel.CreateToolhelp32Snapshot(_SNAPSHOT_OF_PROCESSES, 0)
    if snapshot == _INVALID_HANDLE:
        raise FailedError("processes-not-readable", f"error {ctypes.get_last_error()}", source="toolhelp")
    try:
        entry = PROCESSENTRY32W(dwSize=ctypes.sizeof(PROCESSENTRY32W))
        found: dict[int, str] = {}
        more = kernel.Process32FirstW(snapshot, ctypes.byref(entry))
        while more and len(found) < MAX_PROCESSES:
            found[entry.th32ProcessID] = bytes(entry.szExeFile).decode("utf-16-le", "replace").partition("\0")[0]
            more = kernel.Process32NextW(snapshot, ctypes.byref(entry))
        return found
    finally:
        kernel.CloseHandle(snapshot)
