"""What the package is called and how Windows Installer tells one from another."""

import hashlib
import re
import tomllib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from farmsight_packaging.building import ROOT, BuildError

HERE: Final = Path(__file__).parents[1]
_VERSION: Final = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,5})")


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


def digest(folder: Path, files: Iterable[Path]) -> str:
    """Return one SHA-256 for files of a folder: their names and their contents."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
