"""A Wine prefix as it is after Windows was set up: built once, cloned for each host in a tenth of a second."""

import contextlib
import itertools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.windows.bed.compile import library
from tests.windows.bed.places import CACHE, alone, key, wine_version
from tests.windows.bed.runtime import SITE, own_packages, runtime
from tests.windows.bed.wine_host import FOLDER, SERVER_FOLDER, WineHost

_VERSION: Final = Path(__file__).with_name("server2022.reg")
_IN_PREFIX: Final = FOLDER.removeprefix("C:\\")
_LINKED: Final = frozenset(
    ("windows", _IN_PREFIX)
)  # Wine and the tests replace files there, they don't write into them
_NUMBERS: Final = itertools.count()


def template() -> Path:
    """Return the prefix that clones are made of; the first call builds it, which takes half a minute."""
    python = runtime()
    shim = library("bcryptprimitives.c", "advapi32")
    parts = (wine_version(), python.name, shim.name, _VERSION.read_bytes(), Path(__file__).read_bytes())
    made = CACHE / f"template-{key(*parts)}"
    with alone("template"):
        if not made.exists():
            for old in CACHE.glob("template-*/"):
                shutil.rmtree(old)
            building = CACHE / f"building-{os.getpid()}"
            shutil.rmtree(building, ignore_errors=True)
            _build(building, python, shim)
            building.rename(made)
    return made


def _build(prefix: Path, python: Path, shim: Path) -> None:
    prefix.mkdir(parents=True)
    host = WineHost(prefix)
    host.run("wineboot.exe", "--init", timeout=300)
    host.settle()
    shutil.copytree(python, host.path(FOLDER))
    shutil.copy(shim, host.path(r"C:\windows\system32\bcryptprimitives.dll"))
    host.registry(_VERSION.read_text(encoding="ascii"))
    host.settle()


def clone(name: str = "") -> Path:
    """Return a new prefix with our own packages as they are now in the working tree."""
    source = template()
    made = CACHE / "clones" / (name or f"{os.getpid()}-{next(_NUMBERS)}")
    shutil.rmtree(made, ignore_errors=True)
    (made / "drive_c").mkdir(parents=True)
    for entry in source.iterdir():
        if entry.name not in {"drive_c", SERVER_FOLDER}:
            _copy(entry, made, "-a")
    for entry in (source / "drive_c").iterdir():
        _copy(entry, made / "drive_c", "-al" if entry.name in _LINKED else "-a")
    refresh(made)
    return made


def refresh(prefix: Path) -> None:
    """Put our own packages, as they are now, into a prefix."""
    site = prefix / "drive_c" / _IN_PREFIX / SITE
    for old in site.glob("farmsight*"):
        shutil.rmtree(old)
    for package in own_packages().iterdir():
        _copy(package, site, "-al")


def _copy(entry: Path, into: Path, how: str) -> None:
    subprocess.run(["cp", how, str(entry), str(into)], check=True)


def sweep() -> None:
    """Remove clones whose process has ended without doing so."""
    for left in (CACHE / "clones").glob("[0-9]*-*/"):
        with contextlib.suppress(ValueError):
            if not Path(f"/proc/{int(left.name.partition('-')[0])}").exists():
                shutil.rmtree(left, ignore_errors=True)
