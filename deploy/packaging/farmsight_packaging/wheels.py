"""Pinned wheels: fetched by hash, unpacked without what nobody runs, with what their makers say of licences."""

import hashlib
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Final

from farmsight_packaging.building import BuildError, run

_NOT_RUN: Final = frozenset({".pyi", ".h", ".c", ".cpp", ".hpp", ".pyx", ".pxd", ".pxi", ".pth"})
_FOLDERS_NOT_RUN: Final = frozenset({"tests", "test"})
_NOT_INSTALLED: Final = frozenset({"RECORD", "WHEEL", "INSTALLER", "REQUESTED", "top_level.txt", "sboms"})
_DATA: Final = re.compile(r"[^/]+\.data/(purelib|platlib)/(.+)")
_LICENCE: Final = re.compile(r"(?i)^(licen[sc]es?|notice|copying|authors)\b")
_MOST_BYTES: Final = 200 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """One distribution as it was unpacked; `licences` are the texts that came with it, by their names."""

    name: str
    version: str
    licence: str
    file: str
    sha256: str
    licences: tuple[tuple[str, str], ...]

    @property
    def for_any(self) -> bool:
        """Return whether one file serves every Python version: pure, or of the stable ABI (PEP 425, PEP 384)."""
        return any(tag in self.file for tag in ("-abi3-", "-none-"))


def pinned(pins: Path) -> dict[str, str]:
    """Return the versions that a file of pins names, by normalised name."""
    lines = (line.split(" ")[0].partition("==") for line in pins.read_text(encoding="ascii").splitlines())
    return {normal(name): version for name, equals, version in lines if equals}


def normal(name: str) -> str:
    """Return a distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def fetch(pins: Path, folder: Path, python: str, platforms: tuple[str, ...]) -> list[Path]:
    """Fetch the pinned wheels for one Python ("3.12") into a folder; nothing is taken whose hash is not there.

    Raises BuildError when one can't be had, or when there came what was not asked for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    abi = f"cp{python.replace('.', '')}"
    run(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
        *(word for one in (abi, "abi3", "none") for word in ("--abi", one)),
        *(word for one in platforms for word in ("--platform", one)),
        *("--require-hashes", "--requirement", pins, "--dest", folder),
    )
    found = sorted(folder.glob("*.whl"))
    names, wanted = {normal(file.name.split("-")[0]) for file in found}, set(pinned(pins))
    if names != wanted:
        raise BuildError(f"{pins} names {sorted(wanted)}, and there came {sorted(names)}")
    return found


def unpack(file: Path, site: Path, wanted: Callable[[PurePosixPath], bool] = lambda _path: True) -> Wheel:
    """Unpack what runs of a wheel into a folder. Raises BuildError for a wheel that leads out of it."""
    try:
        with zipfile.ZipFile(file) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_BYTES:
                raise BuildError(f"{file.name} unpacks to more than {_MOST_BYTES} bytes")
            about = _about(packed)
            for path, data in _running(packed):
                made = site / path
                if site.resolve() not in made.resolve().parents:
                    raise BuildError(f"{file.name} holds {path}, which leads out of its folder")
                if wanted(path):
                    made.parent.mkdir(parents=True, exist_ok=True)
                    made.write_bytes(data)
            licences = tuple(_licences(packed))
    except (zipfile.BadZipFile, StopIteration, OSError) as error:
        raise BuildError(f"{file.name} can't be unpacked: {error}") from error
    return Wheel(
        name=normal(about["Name"]),
        version=about["Version"],
        licence=_stated(about),
        file=file.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        licences=licences,
    )


def _about(packed: zipfile.ZipFile) -> Message:
    name = next(name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
    return HeaderParser().parsestr(packed.read(name).decode("utf-8"))


def _running(packed: zipfile.ZipFile) -> Iterator[tuple[PurePosixPath, bytes]]:
    for name in sorted(packed.namelist()):
        moved = _DATA.fullmatch(name)
        path = PurePosixPath(moved.group(2) if moved else name)
        if not name.endswith("/") and (moved or ".data/" not in name) and _runs(path):
            yield path, packed.read(name)


def _runs(path: PurePosixPath) -> bool:
    parts = path.parts
    if parts[0].endswith(".dist-info"):
        return len(parts) == 2 and parts[1] not in _NOT_INSTALLED and not _LICENCE.match(parts[1])
    return path.suffix.lower() not in _NOT_RUN and not _FOLDERS_NOT_RUN & {part.lower() for part in parts[:-1]}


def _licences(packed: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for name in sorted(packed.namelist()):
        path = PurePosixPath(name)
        if path.parts[0].endswith(".dist-info") and not name.endswith("/") and _LICENCE.match(path.name):
            yield path.name, packed.read(name).decode("utf-8", "replace")


def _stated(about: Message) -> str:
    """Return the licence as the metadata states it: an SPDX expression, a word, or a classifier."""
    classified = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier", []) if one.startswith("License ::")]
    said = about["License-Expression"] or about["License"] or ", ".join(classified)
    return str(said).strip().splitlines()[0] if said else ""
