"""The Windows agent's package as the tests use it: built once for each state of the working tree, and read back."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from farmsight_msi import package
from farmsight_packaging.building import built_at
from tests.windows.bed.places import CACHE, ROOT, alone, key

NOW, LATER = "0.1.0", "0.2.0"
_MADE_OF = ("agent/farmsight_agent", "proto/farmsight_wire", "deploy/packaging", "deploy/windows/msi")
_PROGRAMS = ("msibuild", "msiinfo", "msiextract", "gcab", "osslsigncode")


def missing() -> str:
    """Return why no package can be built here; "" when one can."""
    absent = [name for name in _PROGRAMS if not shutil.which(name)]
    return f"{', '.join(absent)} not installed (Debian: msitools, gcab, osslsigncode)" if absent else ""


def built(version: str) -> Path:
    """Return the package of this version, with what lies beside it."""
    made = CACHE / f"msi-{version}-{key(*_sources())}"
    with alone(f"msi-{version}"):
        if not made.exists():
            for old in CACHE.glob(f"msi-{version}-*/"):
                shutil.rmtree(old)
            with tempfile.TemporaryDirectory(dir=CACHE) as building:
                package.build(package.Wanted(out=Path(building) / "dist", version=version))
                (Path(building) / "dist").rename(made)
    return made / f"farmsight-agent-{version}.msi"


def _sources() -> Iterator[str]:
    yield built_at().isoformat()
    for folder in _MADE_OF:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                about = file.stat()
                yield f"{file} {about.st_size} {about.st_mtime_ns}"


def rows(msi: Path, table: str) -> list[dict[str, str]]:
    """Return the rows of a table by the names of its columns."""
    told = subprocess.run(["msiinfo", "export", msi, table], capture_output=True, check=True, timeout=60).stdout
    lines = told.decode().replace("\r\n", "\n").rstrip("\n").split("\n")
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[3:]]


def extracted(msi: Path, folder: Path) -> Path:
    """Unpack the files of a package and return the agent's folder among them."""
    done = subprocess.run(
        ["msiextract", "-C", folder, msi],
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    return next(found for found in folder.rglob("farmsight-agent") if (found / "runtime").is_dir())
