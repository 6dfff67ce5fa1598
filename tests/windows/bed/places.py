"""Where the bed finds Wine and keeps what it builds, and why it can't be used where it can't."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
CACHE: Final = Path(os.environ.get("FARMSIGHT_WINE_BED") or ROOT / "build/wine-bed")
COMPILER: Final = "x86_64-w64-mingw32-gcc"
# Debian and Ubuntu keep the 64-bit programs off the PATH; their /usr/bin/wine asks for a 32-bit one first.
_LOADERS: Final = ("/usr/lib/wine/wine64", "wine64", "wine")
_SERVERS: Final = ("/usr/lib/wine/wineserver64", "/usr/lib/wine/wineserver", "wineserver")


@cache
def loader() -> str:
    """Return the program that starts Windows programs; "" when there is none."""
    return next((found for name in _LOADERS if (found := shutil.which(name))), "")


@cache
def server() -> str:
    """Return Wine's server program; "" when there is none."""
    return next((found for name in _SERVERS if (found := shutil.which(name))), "")


@cache
def wine_version() -> str:
    """Return what Wine calls itself."""
    told = subprocess.run([loader(), "--version"], capture_output=True, text=True, check=True, timeout=60)
    return told.stdout.strip()


def missing() -> str:
    """Return why no Windows program can run here; "" when one can."""
    if not loader() or not server():
        return "Wine for 64-bit programs is not installed (Debian: wine64)"
    if not shutil.which(COMPILER):
        return "no compiler for Windows programs is installed (Debian: gcc-mingw-w64-x86-64)"
    return ""


def must_be_here() -> bool:
    """Return whether Wine could have been installed here: CI, as root, on a system with apt."""
    return bool(os.environ.get("CI")) and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def key(*parts: str | bytes) -> str:
    """Return a short name for what is built from these parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def alone(what: str) -> Iterator[None]:
    """Let one process at a time build this."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def beside(program: str) -> str:
    """Return the path of a program of this Python's environment."""
    return str(Path(sys.executable).with_name(program))
