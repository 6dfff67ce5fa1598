"""Makes a backup while the collector serves; under its name stands a whole one or none."""

import errno
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from farmsight_collector import lock
from farmsight_collector.backup import archive, contents, manifest, postgresql
from farmsight_collector.backup.manifest import Database, Kept, Manifest
from farmsight_collector.errors import InvalidRequestError, StoreError
from farmsight_collector.folder import Folder
from farmsight_collector.store import agents, backup, revision
from farmsight_collector.store.engine import Store
from farmsight_collector.version import VERSION

WORK: Final = ".farmsight-backup"
STDOUT: Final = "-"
_NAME: Final = re.compile(r"farmsight-backup-\d{8}T\d{6}Z\.tar\.gz")
_LOCK: Final = "lock"
_PART: Final = "part"


@dataclass(frozen=True, kw_only=True)
class Made:
    """A backup that was made; `removed` are older ones that were not to be kept."""

    file: str
    bytes: int
    manifest: Manifest
    removed: tuple[str, ...] = ()


def make(opened: Folder, to: str, at: datetime, *, keep: int | None = None, with_database: bool = True) -> Made:
    """Write a backup to a new file, to a new file of a folder, or to standard output ("-").

    Of a folder, `keep` says how many backups stay in it. Raises InvalidRequestError for a
    file that is there, StoreError when there is no room, ToolError, OSError.
    """
    target = _target(to, at, keep)
    with _roomy(), _work(target) as work:
        made = _gather(opened, at, work, with_database=with_database)
        part = work / _PART
        with _out(target, part) as file:
            archive.write(file, made, work)
        if target is None:
            return Made(file=STDOUT, bytes=0, manifest=made)
        try:
            os.link(part, target)  # a name is given, whole, to nobody's file
        except FileExistsError:
            raise _there(target) from None
        archive.keep_names(target.parent)
        size = target.stat().st_size
    removed = _remove_older(target.parent, keep) if keep else ()
    return Made(file=str(target), bytes=size, manifest=made, removed=removed)


def _target(to: str, at: datetime, keep: int | None) -> Path | None:
    if to == STDOUT:
        target = None
    elif Path(to).is_dir():
        return Path(to) / f"farmsight-backup-{at:%Y%m%dT%H%M%SZ}.tar.gz"
    else:
        target = Path(to)
        if target.exists():
            raise _there(target)
        if not target.parent.is_dir():
            raise InvalidRequestError(f"{target.parent} is no folder; make it, on another disk than the collector's")
    if keep is not None:
        raise InvalidRequestError(f"--keep says how many backups stay in a folder, and {to} is none")
    return target


def _there(target: Path) -> InvalidRequestError:
    return InvalidRequestError(f"{target} is there already; a backup never replaces a file. Give another name")


@contextmanager
def _roomy() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StoreError(
                f"there is no room for the backup ({error.strerror}): it takes the store twice, once whole and once "
                "compressed, while it is made. Nothing was left behind"
            ) from error
        raise


@contextmanager
def _work(target: Path | None) -> Iterator[Path]:
    """Yield an empty folder that is nobody else's; of a backup that was killed it takes away what was left."""
    if target is None:
        with tempfile.TemporaryDirectory(prefix="farmsight-backup-") as made:
            yield Path(made)
        return
    work = target.parent / WORK
    work.mkdir(mode=0o700, exist_ok=True)
    with lock.held(work, _LOCK, otherwise=f"another backup is being made in {target.parent}; try again when it ended"):
        try:
            _clear(work)
            yield work
        finally:
            _clear(work)
            shutil.rmtree(work, ignore_errors=True)


def _clear(work: Path) -> None:
    for path in work.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()


@contextmanager
def _out(target: Path | None, part: Path) -> Iterator[IO[bytes]]:
    if target is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _gather(opened: Folder, at: datetime, work: Path, *, with_database: bool) -> Manifest:
    data, store = opened.config.data, opened.store
    kind, kept = _database(store, work) if with_database else ("none", [])
    kept += _copied(data, work)
    with store.read() as connection:
        count = sum(agent.state != "revoked" for agent in agents.agents(connection))
        schema = revision.of(connection)
    return Manifest(
        as_of=at,
        version=VERSION,
        schema_revision=schema,
        database=kind,
        ca_sha256=opened.authority.fingerprint.hex(),
        names=opened.config.names,
        agents=count,
        files=tuple(kept),
        outside=tuple(contents.outside(data)),
    )


def _database(store: Store, work: Path) -> tuple[Database, list[Kept]]:
    if store.is_sqlite:
        copy = work / manifest.STORE
        backup.backup(store, copy)
        return "sqlite", [archive.digest(copy, manifest.STORE)]
    dump = work / manifest.DUMP
    postgresql.dump(store.url, dump)
    return "postgresql", [archive.digest(dump, manifest.DUMP)]


def _copied(data: Path, work: Path) -> Iterator[Kept]:
    """Copy the folder's files first: the collector may write one anew at any time."""
    for path in contents.files(data):
        name = f"{manifest.FOLDER}/{path.as_posix()}"
        (work / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            shutil.copyfile(data / path, work / name)
        except FileNotFoundError:  # taken away since it was listed
            continue
        (work / name).chmod(0o600)
        yield archive.digest(work / name, name)


def _remove_older(folder: Path, keep: int) -> tuple[str, ...]:
    """Remove the oldest backups that this made in a folder, by their names; others' files are let be."""
    named = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file())
    old = named[:-keep]
    for path in old:
        path.unlink()
    return tuple(map(str, old))
