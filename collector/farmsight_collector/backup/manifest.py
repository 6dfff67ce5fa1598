"""What a backup says of itself: made when, by which version, of which schema, and each file with its digest."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from farmsight_collector.errors import CollectorError

FILE: Final = "manifest.json"
SCHEMA: Final = "farmsight.backup/1"
MOST_BYTES: Final = 4 << 20
MOST_FILES: Final = 5000
STORE: Final = "store.db"
DUMP: Final = "store.pgdump"
FOLDER: Final = "data"  # what stands below it in the archive is the data folder's

Database = Literal["sqlite", "postgresql", "none"]


class DamagedBackupError(CollectorError):
    """The file is no backup, or not the whole of one."""


class NewerBackupError(CollectorError):
    """The backup is of a version that this one does not understand."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One file of a backup, by its name in the archive."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All that a backup says of itself; nothing in here is secret."""

    as_of: datetime
    version: str
    schema_revision: str
    database: Database
    ca_sha256: str
    names: tuple[str, ...]
    agents: int
    files: tuple[Kept, ...]
    outside: tuple[str, ...] = ()  # what the settings name and the backup has not

    @property
    def size(self) -> int:
        """Return how many bytes all files come to."""
        return sum(file.bytes for file in self.files)

    def encoded(self) -> bytes:
        """Return it as JSON."""
        told = asdict(self) | {"as_of": self.as_of.astimezone(UTC).isoformat(timespec="seconds")}
        return (json.dumps({"schema": SCHEMA, **told}, indent=1) + "\n").encode()


def parse(data: bytes) -> Manifest:
    """Read a manifest; raises DamagedBackupError, NewerBackupError."""
    try:
        told: Any = json.loads(data)
        schema = told["schema"]
        if schema != SCHEMA:
            raise NewerBackupError(
                f"the backup is written as {str(schema)[:60]!r}, this version reads {SCHEMA}; restore it with version "
                f"{str(told.get('version', '?'))[:40]} or newer of farmsight"
            )
        files = tuple(_file(one) for one in told["files"])
        manifest = Manifest(
            as_of=datetime.fromisoformat(told["as_of"]),
            version=str(told["version"]),
            schema_revision=str(told["schema_revision"]),
            database=_database(told["database"]),
            ca_sha256=str(told["ca_sha256"]),
            names=tuple(map(str, told["names"])),
            agents=int(told["agents"]),
            files=files,
            outside=tuple(map(str, told["outside"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedBackupError(f"its manifest can't be read: {error}") from error
    if len(files) > MOST_FILES or len({file.name for file in files}) != len(files):
        raise DamagedBackupError("its manifest names a file twice, or more of them than a data folder has")
    return manifest


def _database(told: object) -> Database:
    match told:
        case "sqlite" | "postgresql" | "none":
            return told
    raise ValueError("database")


def _file(told: Mapping[str, Any]) -> Kept:
    name, size, sha256 = str(told["name"]), int(told["bytes"]), str(told["sha256"])
    path = PurePosixPath(name)
    inside = len(path.parts) > 1 and path.parts[0] == FOLDER and ".." not in path.parts
    fits = inside or name in (STORE, DUMP)
    if not fits or str(path) != name or "\\" in name or "\0" in name or size < 0 or len(sha256) != 64:
        raise ValueError(f"a file {name[:100]!r} that no backup has")
    return Kept(name=name, bytes=size, sha256=sha256)
