"""Libraries that somebody put beside the program: never loaded in the place of Windows' own."""

import pytest

from tests.windows.bed.compile import library
from tests.windows.bed.wine_host import WineHost

LOAD = """
import ctypes, sys
from farmsight_agent.hosts.windows.api import system_dll
loaded = {"usual": ctypes.WinDLL, "system": system_dll.load}[sys.argv[1]](sys.argv[2])
path = ctypes.create_unicode_buffer(1000)
kernel = system_dll.load("kernel32")
kernel.GetModuleFileNameW.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_uint32)
kernel.GetModuleFileNameW(loaded._handle, path, 1000)
print(path.value.lower())
"""


@pytest.mark.parametrize("name", ["httpapi.dll", "cryptnet.dll", "dnsapi.dll", "winhttp.dll"])
def test_what_lies_beside_the_program_is_no_library_of_windows(shared_windows: WineHost, name: str) -> None:
    stem = name.partition(".")[0]
    shared_windows.put_file(rf"C:\farmsight\{name}", library("httpapi.c", "ws2_32"))
    overrides = f'"{stem}"="native,builtin"'
    shared_windows.registry(
        f"Windows Registry Editor Version 5.00\n\n[HKEY_CURRENT_USER\\Software\\Wine\\DllOverrides]\n{overrides}\n"
    )

    planted = shared_windows.code(LOAD, "usual", name).strip()
    own = shared_windows.code(LOAD, "system", name).strip()

    assert planted == rf"c:\farmsight\{name}"  # so it would be found
    assert own == rf"c:\windows\system32\{name}"
