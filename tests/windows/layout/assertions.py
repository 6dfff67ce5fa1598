"""Proof that ctypes structures lie as a compiler for Windows lays out the header's: assertions that it must not refuse.

Nothing has to run: sizes and offsets are constants of the compiler.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.windows.bed.places import COMPILER


def proof(structures: Iterable[type[ctypes.Structure]], headers: Sequence[str], defines: Sequence[str] = ()) -> str:
    """Return C that compiles only where structures and members have the sizes and places that ctypes gives them."""
    lines = [f"#define {name}" for name in ("_WIN32_WINNT 0x0A00", *defines)]
    lines += [f"#include <{name}>" for name in ("windows.h", "stddef.h", *headers)]
    for one in structures:
        name = one.__name__
        lines.append(_asserted(f"sizeof({name})", ctypes.sizeof(one)))
        for member, *_ in one._fields_:
            at = getattr(one, member)
            lines.append(_asserted(f"offsetof({name}, {member})", at.offset))
            lines.append(_asserted(f"sizeof((({name} *)0)->{member})", at.size))
    return "\n".join((*lines, ""))


def _asserted(what: str, number: int) -> str:
    return f'_Static_assert({what} == {number}, "{what} is not {number}");'


def refused(code: str, folder: Path) -> list[str]:
    """Return the assertions that the compiler refuses; raise RuntimeError when it finds anything else wrong."""
    file = folder / "layout.c"
    file.write_text(code, encoding="ascii")
    command = [COMPILER, "-fsyntax-only", "-fmax-errors=0", file]
    english = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=english)
    errors = [line for line in done.stderr.splitlines() if " error: " in line]
    if any("static assertion failed" not in line for line in errors) or bool(errors) != bool(done.returncode):
        raise RuntimeError(done.stderr)
    return [line.partition("failed: ")[2].strip('"') for line in errors]
