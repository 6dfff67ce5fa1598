"""The structures of http.h and tlhelp32.h against the compiler for Windows.

For what mingw-w64 lacks of http.h (SNI, central store) the C is our own,
after Microsoft's published definitions: there the proof is that our C and our
Python agree, and that both say what the page says.
"""
# ruff: noqa: N801 - the header's names

import ctypes
import shutil
from pathlib import Path

import pytest

from farmsight_agent.hosts.windows.api import httpapi_layout, toolhelp_layout
from tests.windows.bed.compile import STANDINS
from tests.windows.bed.places import COMPILER
from tests.windows.layout.assertions import proof, refused

HEADERS = ("http.h", "tlhelp32.h", str(STANDINS / "httpapi_later.h"))
STRUCTURES = [
    one
    for module in (httpapi_layout, toolhelp_layout)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, ctypes.Structure) and one is not ctypes.Structure
]

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"the Windows tier: no {COMPILER}")


def test_every_member_lies_where_the_compiler_puts_it(tmp_path: Path) -> None:
    assert len(STRUCTURES) == 19

    assert refused(proof(STRUCTURES, HEADERS), tmp_path) == []


def test_a_member_out_of_place_is_seen(tmp_path: Path) -> None:
    class HTTP_SERVICE_CONFIG_SSL_KEY(ctypes.Structure):
        _fields_ = (("pIpPort", ctypes.c_uint32),)

    assert refused(proof([HTTP_SERVICE_CONFIG_SSL_KEY], HEADERS), tmp_path)
