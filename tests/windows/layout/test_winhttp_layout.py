"""The structures of winhttp.h, and of a retrieval in wincrypt.h, against the compiler for Windows."""

import ctypes
import shutil
from pathlib import Path

import pytest

from farmsight_agent.hosts.windows.api.winhttp_layout import CRYPT_RETRIEVE_AUX_INFO, STRUCTURES
from tests.windows.bed.places import COMPILER
from tests.windows.layout.assertions import proof, refused

HEADERS = ("winhttp.h", "wincrypt.h")

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"the Windows tier: no {COMPILER}")


def test_every_member_lies_where_the_compiler_puts_it(tmp_path: Path) -> None:
    assert refused(proof(STRUCTURES, HEADERS), tmp_path) == []


def test_a_member_out_of_place_is_seen(tmp_path: Path) -> None:
    class WINHTTP_PROXY_INFO(ctypes.Structure):  # noqa: N801 - Microsoft's name
        _fields_ = (("dwAccessType", ctypes.c_uint64), ("lpszProxy", ctypes.c_void_p))

    assert refused(proof([WINHTTP_PROXY_INFO], HEADERS), tmp_path)


def test_the_limits_are_of_the_version_that_every_windows_knows() -> None:
    assert ctypes.sizeof(CRYPT_RETRIEVE_AUX_INFO) == 72
