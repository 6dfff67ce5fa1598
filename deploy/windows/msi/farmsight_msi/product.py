"""What the package is called and how Windows Installer tells one from another."""

import hashlib
import os
import re
import subprocess
import tomllib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[4]
HERE: Final = Path(__file__).parents[1]
_VERSION: Final = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,5})")
_WITHOUT_HISTORY: Final = 1_700_000_000  # of a tree that is no checkout: a fixed instant rather than today


class BuildError(Exception):
    """The package can't be built; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """product.toml and a version."""

    version: str
    name: str
    manufacturer: str
    upgrade_code: str
    folder: str
    registry: str
    about: str
    properties: Mapping[str, str]

    @cached_property
    def numbers(self) -> tuple[int, int, int]:
        """Return the version as Windows Installer compares it: the first three numbers, and nothing behind them.

        Raises BuildError for a version that it would not tell from another (ProductVersion property).
        """
        found = _VERSION.fullmatch(self.version)
        numbers = tuple(int(part) for part in found.groups()) if found else ()
        if len(numbers) != 3 or numbers[0] > 255 or numbers[1] > 255 or numbers[2] > 65535:
            raise BuildError(
                f"version {self.version}: Windows Installer compares MAJOR.MINOR.PATCH alone, up to 255.255.65535;"
                " release under such a version"
            )
        return numbers[0], numbers[1], numbers[2]

    def code(self, *parts: str) -> str:
        """Return the GUID that these parts always get, as Windows Installer writes it."""
        return f"{{{uuid.uuid5(uuid.UUID(self.upgrade_code), '|'.join(parts))}}}".upper()


def product(version: str | None = None) -> Product:
    """Return the product in this version; None is the version of pyproject.toml."""
    values = tomllib.loads((HERE / "product.toml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Product(version=version or project["version"], **values)


def built_at() -> datetime:
    """Return the instant that everything in the package carries: SOURCE_DATE_EPOCH, else that of the last commit."""
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not told:
        asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        try:
            told = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            told = str(_WITHOUT_HISTORY)
    return datetime.fromtimestamp(int(told), UTC)


def digest(folder: Path, files: Iterable[Path]) -> str:
    """Return one SHA-256 for files of a folder: their names and their contents."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def run(*command: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Run a program of the build and return what it said. Raises BuildError with its own words."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=900,
            check=False,
        )
    except FileNotFoundError as error:
        raise BuildError(f"{command[0]} is not installed; `sh tests/setup.sh` installs what the build needs") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise BuildError(f"{command[0]} ended with {done.returncode}: {done.stdout.strip()[-2000:]}")
    return done.stdout
