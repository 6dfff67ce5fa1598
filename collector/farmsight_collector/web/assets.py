"""The files that browsers get beside pages: ours, and those of libraries where this install has them.

Their address carries a digest of all of them, so a browser may keep what it
has for ever, and a new version is another address.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final

LIBRARIES: Final = "libraries"
_SHARED: Final = ("common.css", "dark.css", "map.css")  # with the report that is one file
# What needs no knowledge of this machine: its registry may say that JavaScript is text/plain.
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
}


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Assets:
    """All of them, by name below /static/DIGEST/."""

    files: dict[str, Asset]
    digest: str

    def address(self, name: str) -> str:
        """Return the address of a file; raises KeyError for a name that there is not."""
        if name not in self.files:
            raise KeyError(f"there is no web/static/{name}")
        return f"/static/{self.digest}/{name}"

    def library(self, name: str) -> str:
        """Return the address of a library's file, "" where the build could not get the libraries."""
        full = f"{LIBRARIES}/{name}"
        return self.address(full) if full in self.files else ""


@cache
def assets() -> Assets:
    """Return what is in the package; read once."""
    found: dict[str, Asset] = {}
    _collect(resources.files("farmsight_collector.web") / "static", PurePosixPath(), found)
    shared = resources.files("farmsight_collector.shown")
    for name in _SHARED:
        found[name] = _asset(shared / name)
    whole = hashlib.sha256()
    for name in sorted(found):
        whole.update(name.encode() + b"\0" + hashlib.sha256(found[name].content).digest())
    return Assets(files=found, digest=whole.hexdigest()[:16])


def _collect(folder: Traversable, below: PurePosixPath, found: dict[str, Asset]) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            _collect(entry, below / entry.name, found)
        elif PurePosixPath(entry.name).suffix in _TYPES:
            found[str(below / entry.name)] = _asset(entry)


def _asset(file: Traversable) -> Asset:
    suffix = PurePosixPath(file.name).suffix
    guessed = _TYPES.get(suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(content=file.read_bytes(), media_type=guessed)
