"""The agent's dependencies for Windows: pinned wheels by hash, without what nobody runs."""

import hashlib
import re
import zipfile
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Final

from farmsight_msi.product import HERE
from farmsight_packaging.building import BuildError
from farmsight_packaging.wheels import fetch, normal

PINS: Final = HERE / "pins.txt"
_NOT_RUN: Final = frozenset(
    {".pyi", ".h", ".c", ".cpp", ".lib", ".chm", ".pyx", ".pxd", ".pxi", ".proto", ".pth", ".html"}
)
_FOLDERS_NOT_RUN: Final = frozenset({"tests", "test", "testing", "demos", "scripts", "bin", "include", "libs"})
_NOT_INSTALLED: Final = frozenset({"RECORD", "WHEEL", "INSTALLER", "REQUESTED", "entry_points.txt", "top_level.txt"})
# Of pywin32 these alone, and what they import; the rest is an editor, COM for scripts, and much more.
_PYWIN32: Final = re.compile(
    r"pywin32_system32/(pywintypes|pythoncom)\d+\.dll|pythoncom\.py|win32/(servicemanager|_win32sysloader"
    r"|win32(api|event|evtlog|file|job|net|pipe|process|profile|security|service))\.pyd"
    r"|win32/lib/(ntsecuritycon|pywintypes|win32con|win32evtlogutil|win32serviceutil|win32timezone|winerror)\.py"
    r"|win32/License\.txt|pywin32-[^/]+\.dist-info/.+"
)
_DATA: Final = re.compile(r"[^/]+\.data/(purelib|platlib)/(.+)")


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """One dependency as it was unpacked; `licences` are the texts that came with it, below the folder."""

    name: str
    version: str
    licence: str
    file: str
    sha256: str
    licences: tuple[Path, ...]


def wheels(site: Path, downloads: Path, minor: tuple[int, int]) -> list[Wheel]:
    """Fetch the pinned wheels for this version of CPython and unpack them. Raises BuildError."""
    fetched = fetch(PINS, downloads, f"{minor[0]}.{minor[1]}", ("win_amd64",))
    return [_unpacked(file, site) for file in fetched]


def _unpacked(file: Path, site: Path) -> Wheel:
    with zipfile.ZipFile(file) as packed:
        names = [name for name in sorted(packed.namelist()) if not name.endswith("/")]
        about = HeaderParser().parsestr(
            packed.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode("utf-8")
        )
        called = normal(about["Name"])
        licences = []
        for name in names:
            moved = _DATA.fullmatch(name)
            path = PurePosixPath(moved.group(2) if moved else name)
            if (".data/" in name and not moved) or not _runs(called, path):
                continue
            made = site / path
            if site.resolve() not in made.resolve().parents:
                raise BuildError(f"{file.name} holds {name}, which leads out of its folder")
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(packed.read(name))
            if path.stem.lower() in {"license", "licence", "notice", "copying"} or "/licenses/" in name:
                licences.append(made)
    return Wheel(
        name=called,
        version=about["Version"],
        licence=about["License-Expression"] or about["License"] or "",
        file=file.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        licences=tuple(licences),
    )


def _runs(name: str, path: PurePosixPath) -> bool:
    if name == "pywin32" and not _PYWIN32.fullmatch(path.as_posix()):
        return False
    if path.parent.name.endswith(".dist-info"):
        return path.name not in _NOT_INSTALLED
    folders = {part.lower() for part in path.parts[:-1]}
    return path.suffix.lower() not in _NOT_RUN and not folders & _FOLDERS_NOT_RUN
