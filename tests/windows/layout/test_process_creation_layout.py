"""The structures that a process is started with, against the compiler for Windows."""

import ctypes
import shutil
from pathlib import Path

import pytest

from farmsight_agent.hosts.windows.api import process_creation_layout as layout
from tests.windows.bed.places import COMPILER
from tests.windows.layout.assertions import proof, refused

STRUCTURES = (layout.STARTUPINFOW, layout.STARTUPINFOEXW, layout.PROCESS_INFORMATION)

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"the Windows tier: no {COMPILER}")


def test_every_member_lies_where_the_compiler_puts_it(tmp_path: Path) -> None:
    assert refused(proof(STRUCTURES, ()), tmp_path) == []


def test_a_member_of_another_size_is_refused(tmp_path: Path) -> None:
    class PROCESS_INFORMATION(ctypes.Structure):  # noqa: N801 - the header's name
        _fields_ = (
            ("hProcess", ctypes.c_void_p),
            ("hThread", ctypes.c_uint32),
            ("dwProcessId", ctypes.c_uint32),
            ("dwThreadId", ctypes.c_uint32),
        )

    assert any("hThread" in one for one in refused(proof([PROCESS_INFORMATION], ()), tmp_path))
