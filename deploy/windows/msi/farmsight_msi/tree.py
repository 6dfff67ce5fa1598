"""The files of the package as they will lie below Program Files: runtime, command, licences."""

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from farmsight_msi.interpreter import Interpreter
from farmsight_msi.product import Product
from farmsight_msi.signatures import EXECUTABLE, sign, signature
from farmsight_msi.wheels import Wheel
from farmsight_packaging.building import ROOT, BuildError, run

RUNTIME: Final = "runtime"
COMMAND: Final = "bin/farmsight-agent.cmd"
LICENCES: Final = "licences"
SITE: Final = "Lib/site-packages"
_OURS: Final = ("agent/farmsight_agent", "proto/farmsight_wire")
_NEVER: Final = re.compile(r"(?i)^(farmsight_(collector|lab|msi)|pip|setuptools|sqlalchemy|starlette|ensurepip)\b")
_BATCH: Final = '@"%~dp0..\\runtime\\python.exe" -I -m farmsight_agent.cli %*\r\n'
# Nothing writes below Program Files: what was installed is what runs, and removal leaves nothing behind.
_SITECUSTOMIZE: Final = "import sys\n\nsys.dont_write_bytecode = True\n"


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The staged files, and what they were made of."""

    folder: Path
    interpreter: Interpreter
    wheels: tuple[Wheel, ...]
    signed: tuple[str, ...] = ()

    def files(self) -> list[Path]:
        """Return every file, in the order of their names."""
        found = (file for file in self.folder.rglob("*") if file.is_file())
        return sorted(found, key=lambda file: file.relative_to(self.folder).as_posix())


def site_of(folder: Path) -> Path:
    """Return where the tree's packages lie."""
    return folder / RUNTIME / SITE


def add_ours(folder: Path, product: Product) -> None:
    """Put the agent and the wire package of this checkout beside their dependencies, with a version to tell."""
    site = site_of(folder)
    for source in _OURS:
        package = ROOT / source
        shutil.copytree(package, site / package.name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "*.proto"))
    about = site / f"farmsight-{product.version}.dist-info/METADATA"
    about.parent.mkdir()
    about.write_bytes(f"Metadata-Version: 2.4\nName: farmsight\nVersion: {product.version}\n".encode())
    (site / "sitecustomize.py").write_bytes(_SITECUSTOMIZE.encode())


def settle(folder: Path, interpreter: Interpreter) -> None:
    """Let the runtime find its packages, and DLLs each other; add the command."""
    runtime, site = folder / RUNTIME, site_of(folder)
    for file in sorted((site / "pywin32_system32").glob("*.dll")):
        file.replace(runtime / file.name)
    (site / "pywin32_system32").rmdir()
    zipped = next(runtime.glob("python3*.zip"), None)
    paths = next(runtime.glob("python3*._pth"), None)
    if zipped is None or paths is None:
        raise BuildError("the runtime has no python3XX.zip or python3XX._pth: not an embeddable package")
    windows = SITE.replace("/", "\\")
    lines = (zipped.name, ".", windows, rf"{windows}\win32", rf"{windows}\win32\lib", "import site", "")
    paths.write_bytes("\r\n".join(lines).encode())
    command = folder / COMMAND
    command.parent.mkdir()
    command.write_bytes(_BATCH.encode())
    _compile(site, interpreter)


def _compile(site: Path, interpreter: Interpreter) -> None:
    """Compile to bytecode here, for nothing will there; only the same minor version makes the same."""
    major, minor = interpreter.minor
    python = sys.executable if sys.version_info[:2] == (major, minor) else shutil.which(f"python{major}.{minor}")
    if not python:
        raise BuildError(
            f"the runtime is CPython {interpreter.version}: install a python{major}.{minor} on this machine, too,"
            " which compiles the agent's modules (any build of that minor version will do)"
        )
    code = (
        "import compileall, py_compile, sys; sys.exit(not compileall.compile_dir(sys.argv[1], quiet=1, workers=1,"
        " maxlevels=30, stripdir=sys.argv[1], invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH))"
    )
    run(python, "-S", "-c", code, site, environment={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"})


def add_licences(folder: Path, wheels: tuple[Wheel, ...]) -> str:
    """Put every licence into one folder; return all of them as one text."""
    site, target = site_of(folder), folder / LICENCES
    target.mkdir()
    shutil.copy(ROOT / "LICENSE", target / "farmsight.txt")
    (folder / RUNTIME / "LICENSE.txt").replace(target / "cpython.txt")
    for wheel in wheels:
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in wheel.licences]
        said = f"{wheel.name} {wheel.version}: {wheel.licence.splitlines()[0] if wheel.licence else 'see below'}\n"
        if not texts:
            said += "The wheel holds no text of its licence.\n"
        (target / f"{wheel.name}.txt").write_text("\n\n".join((said, *texts)), encoding="utf-8", newline="\n")
        for file in wheel.licences:
            file.unlink()
    for left in sorted(site.rglob("licenses"), reverse=True):
        if not any(left.iterdir()):
            left.rmdir()
    parts = (f"==== {file.stem} ====\n\n{file.read_text(encoding='utf-8')}" for file in sorted(target.iterdir()))
    return "\n\n".join(parts)


def refuse_strangers(folder: Path) -> None:
    """Raise BuildError where anything of the collector, or an installer of packages, came along."""
    for file in site_of(folder).iterdir():
        if _NEVER.match(file.name):
            raise BuildError(f"{file.name} has no business in the agent's package")


def unsigned(folder: Path) -> Iterator[Path]:
    """Yield the programs that carry nobody's signature."""
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in EXECUTABLE and signature(file) is None:
            yield file


def sign_unsigned(folder: Path, arguments: str, product: Product) -> tuple[str, ...]:
    """Sign the programs that nobody signed, so that a rule for publishers can let all in; return their names."""
    found = tuple(unsigned(folder))
    for file in found:
        sign(file, arguments, product.name)
    return tuple(file.relative_to(folder).as_posix() for file in found)
