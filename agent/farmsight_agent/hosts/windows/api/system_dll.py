"""Libraries of Windows, from the system's own folder and from nowhere else.

The usual way begins with the folder of the program (LoadLibraryExW): a file
of that name beside python.exe would be loaded in the library's place.
"""

import ctypes
import sys
from typing import Final

assert sys.platform == "win32"  # what it stands on is there only

_SYSTEM32_ONLY: Final = 0x800  # LOAD_LIBRARY_SEARCH_SYSTEM32


def load(name: str) -> ctypes.WinDLL:
    """Return a library, which keeps the last error of each call (ctypes.get_last_error); raises OSError."""
    return ctypes.WinDLL(name, use_last_error=True, winmode=_SYSTEM32_ONLY)


def load_cdecl(name: str) -> ctypes.CDLL:
    """Return a library whose functions are called as C's own are; raises OSError."""
    return ctypes.CDLL(name, use_last_error=True, winmode=_SYSTEM32_ONLY)
