"""Compiles stand-ins for Windows programs and DLLs from C, once for each state of their sources."""

import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.windows.bed.places import CACHE, COMPILER, alone, key

STANDINS: Final = Path(__file__).parents[1] / "standins"
_FLAGS: Final = ("-O1", "-s", "-Wall", "-Wextra", "-Werror", "-municode")


def program(source: str, *libraries: str) -> Path:
    """Return an executable made from one file of the stand-ins, which has a `wmain`."""
    return _made(source, ".exe", _FLAGS, libraries)


def library(source: str, *libraries: str) -> Path:
    """Return a DLL made from one file of the stand-ins; what it exports is marked so there, or listed in its .def."""
    return _made(source, ".dll", ("-shared", *_FLAGS[:-1]), libraries)


def _made(source: str, suffix: str, flags: tuple[str, ...], libraries: tuple[str, ...]) -> Path:
    """Compile unless there is one of the same sources; headers of the stand-ins count as part of each."""
    file = STANDINS / source
    exports = [found for found in (file.with_suffix(".def"),) if found.exists()]
    links = tuple(f"-l{name}" for name in libraries)
    parts = [one.read_bytes() for one in (file, *exports, *sorted(STANDINS.glob("*.h")))]
    made = CACHE / "compiled" / f"{file.stem}-{key(*parts, *flags, *links)}{suffix}"
    with alone("compiled"):
        if not made.exists():
            made.parent.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=CACHE) as building:
                out = Path(building) / made.name
                command = [COMPILER, *flags, "-I", str(STANDINS), "-o", str(out), str(file), *map(str, exports), *links]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise RuntimeError(f"{source} does not compile:\n{done.stderr}")
                out.rename(made)
    return made
