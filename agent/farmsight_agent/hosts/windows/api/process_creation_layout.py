"""The structures of processthreadsapi.h and winbase.h that a process is started with, as 64-bit Windows lays them out.

By their names there, so that a compiler can be asked whether each member lies where it is here.
"""

import ctypes
from typing import Final

_DWORD: Final = ctypes.c_uint32
_WORD: Final = ctypes.c_uint16
_POINTER: Final = ctypes.c_void_p


class STARTUPINFOW(ctypes.Structure):
    """Desktop, flags and the three standard streams."""

    _fields_ = (
        ("cb", _DWORD), ("lpReserved", _POINTER), ("lpDesktop", ctypes.c_wchar_p), ("lpTitle", _POINTER),
        ("dwX", _DWORD), ("dwY", _DWORD), ("dwXSize", _DWORD), ("dwYSize", _DWORD), ("dwXCountChars", _DWORD),
        ("dwYCountChars", _DWORD), ("dwFillAttribute", _DWORD), ("dwFlags", _DWORD), ("wShowWindow", _WORD),
        ("cbReserved2", _WORD), ("lpReserved2", _POINTER), ("hStdInput", _POINTER), ("hStdOutput", _POINTER),
        ("hStdError", _POINTER),
    )  # fmt: skip


class STARTUPINFOEXW(ctypes.Structure):
    """The same with a list of attributes, of which we use one: the handles to inherit."""

    _fields_ = (("StartupInfo", STARTUPINFOW), ("lpAttributeList", _POINTER))


class PROCESS_INFORMATION(ctypes.Structure):  # noqa: N801 - the header's name
    """What was started."""

    _fields_ = (("hProcess", _POINTER), ("hThread", _POINTER), ("dwProcessId", _DWORD), ("dwThreadId", _DWORD))
