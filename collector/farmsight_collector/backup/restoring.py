"""Puts a backup into a data folder: looked at whole before anything is in place."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from farmsight_collector import config as configuration
from farmsight_collector import lock
from farmsight_collector.backup import archive, contents, manifest, postgresql
from farmsight_collector.backup.manifest import DamagedBackupError, Manifest, NewerBackupError
from farmsight_collector.config import Config
from farmsight_collector.errors import InvalidRequestError, StoreError
from farmsight_collector.identity import authority
from farmsight_collector.store import restored, revision
from farmsight_collector.store.engine import open_store, server_arguments
from farmsight_collector.store.restored import Settled
from farmsight_collector.version import VERSION

STAGE: Final = ".restoring"
STDIN: Final = "-"
_ROOM: Final = 64 << 20  # beside the files themselves


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restore came to; `settled` is None where the database was not in the backup."""

    manifest: Manifest
    aside: Path | None  # where what was there before lies
    settled: Settled | None


def restore(source: str, data: Path, at: datetime, *, by: str, force: bool = False) -> Restored:
    """Put the backup in a file, or on standard input ("-"), into a data folder.

    With `force` what is in the folder is moved aside within it. Raises InvalidRequestError for a folder that is
    not empty or not free, DamagedBackupError, NewerBackupError, StoreError, ToolError, OSError; the folder is then
    as it was.
    """
    if source != STDIN and not Path(source).exists():
        raise InvalidRequestError(f"there is no file {source}; farmsight-collector backup makes one")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    running = f"a collector serves from {data}; stop it first: systemctl stop farmsight-collector, or end its process"
    with lock.held(data, otherwise=running):
        before = [path for path in data.iterdir() if path.name not in (lock.FILE, STAGE, "lost+found")]
        if before and not force:
            raise InvalidRequestError(
                f"{data} is not empty, {min(path.name for path in before)} is in it; give another folder, or --force, "
                "which moves what is there aside"
            )
        with _staged(data) as stage, _source(source) as file:
            told = _unpacked(source, file, stage)
            config = _looked_at(told, stage)
            settled = _settle(told, config, stage, at, by, force=force)
            aside = _swap(data, stage, before, config, at)
    return Restored(manifest=told, aside=aside, settled=settled)


@contextmanager
def _source(source: str) -> Iterator[IO[bytes]]:
    if source == STDIN:
        yield sys.stdin.buffer
        return
    with Path(source).open("rb") as file:
        yield file


@contextmanager
def _staged(data: Path) -> Iterator[Path]:
    stage = data / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _unpacked(source: str, file: IO[bytes], stage: Path) -> Manifest:
    try:
        with archive.opened(file) as (told, unpack):
            if told.schema_revision not in revision.known():
                raise NewerBackupError(
                    f"{source} was made by version {told.version}, whose schema {told.schema_revision} this version "
                    f"({VERSION}, schema {revision.newest()}) does not know; install {told.version} or newer first"
                )
            free = shutil.disk_usage(stage).free
            if free < told.size + _ROOM:
                raise StoreError(
                    f"{stage.parent} has {free >> 20} MiB left, and the backup takes {(told.size + _ROOM) >> 20}; "
                    "make room, or give a folder on another disk"
                )
            unpack(stage)
    except DamagedBackupError as error:
        raise DamagedBackupError(f"{source} can't be restored: {error}. Take the backup before it") from error
    return told


def _looked_at(told: Manifest, stage: Path) -> Config:
    """Return the settings in a backup that was unpacked, once all of it fits together."""
    config = configuration.load(stage / manifest.FOLDER)
    ca = authority.load(stage / manifest.FOLDER)
    if ca.fingerprint.hex() != told.ca_sha256:
        raise DamagedBackupError("its CA is not the one that its manifest names. Take the backup before it")
    if told.database == "sqlite":
        engine = sa.create_engine(f"sqlite:///{stage / manifest.STORE}")
        try:
            with engine.connect() as connection:
                found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        except sa.exc.DatabaseError as error:
            found = str(error.orig)
        finally:
            engine.dispose()
        if found != "ok":
            raise DamagedBackupError(f"its store is damaged ({found}). Take the backup before it")
    return config


def _settle(told: Manifest, config: Config, stage: Path, at: datetime, by: str, *, force: bool) -> Settled | None:
    if told.database == "none":
        return None
    if told.database == "sqlite":
        _free(_elsewhere(config), force=force)
        url = f"sqlite:///{stage / manifest.STORE}"
    else:
        url = config.database_url
        _empty(url)
        postgresql.load(make_url(url), stage / manifest.DUMP)
    store = open_store(url)
    try:
        with store.write() as connection:
            return restored.settle(connection, as_of=told.as_of, at=at, by=by)
    finally:
        store.close()


def _elsewhere(config: Config) -> Path | None:
    """Return where the settings say that the SQLite file lies, None when it is the folder's own."""
    path = make_url(config.database_url).database if config.database else None
    return None if path is None else Path(path)


def _free(path: Path | None, *, force: bool) -> None:
    if path is not None and path.exists() and not force:
        raise InvalidRequestError(
            f"the settings in the backup say that the store is {path}, and there is a file; move it away, or give "
            "--force"
        )


def _empty(url: str) -> None:
    parsed, arguments = server_arguments(make_url(url))
    engine = sa.create_engine(parsed, connect_args=arguments)
    shown = parsed.render_as_string(hide_password=True)
    try:
        tables = sa.inspect(engine).get_table_names()
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"the database {shown} of the settings in the backup can't be reached: {error}") from error
    finally:
        engine.dispose()
    if tables:
        raise InvalidRequestError(
            f"the database {shown} is not empty: it has the table {min(tables)}. Nothing is put over a database: make "
            "an empty one of that name (dropdb, createdb), and restore again"
        )


def _swap(data: Path, stage: Path, before: list[Path], config: Config, at: datetime) -> Path | None:
    """Move what was there aside and the backup in its place; the settings last, which say that a collector is here."""
    aside = data / f"{contents.ASIDE}{at:%Y%m%dT%H%M%SZ}" if before else None
    if aside is not None:
        aside.mkdir(mode=0o700)
        settings = data / configuration.FILE
        for path in sorted(before, key=lambda one: one != settings):
            if not path.name.startswith(contents.ASIDE):
                path.replace(aside / path.name)
    store = stage / manifest.STORE
    if store.exists():
        to = _elsewhere(config) or data / manifest.STORE
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for beside in ("-wal", "-shm"):  # of another store, they would be taken for this one's
            to.with_name(to.name + beside).unlink(missing_ok=True)
        shutil.move(store, to)
    unpacked = stage / manifest.FOLDER
    for path in sorted(unpacked.iterdir(), key=lambda one: one.name == configuration.FILE):
        path.replace(data / path.name)
    for folder in {data, *(one for one in (aside,) if one)}:
        archive.keep_names(folder)
    _give(data)
    return aside


def _give(data: Path) -> None:
    """Give the files to the owner of the folder, where root restores for another account."""
    owner = data.stat()
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or owner.st_uid == 0:
        return
    for path in (data, *data.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
