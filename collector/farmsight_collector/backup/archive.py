"""The file of a backup: a compressed tar, the manifest first, read with distrust."""

import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from farmsight_collector.backup import manifest as manifests
from farmsight_collector.backup.manifest import DamagedBackupError, Kept, Manifest

_PIECE: Final = 1 << 20
_QUICK: Final = 1  # of zlib: most of a store is compressed already, or compresses as well


def digest(path: Path, name: str) -> Kept:
    """Return a file as a manifest names it."""
    with path.open("rb") as file:
        return Kept(name=name, bytes=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def write(to: IO[bytes], manifest: Manifest, work: Path) -> None:
    """Write the archive of the files that lie in a folder under the manifest's names. Raises OSError."""
    beside = work / manifests.FILE
    beside.write_bytes(manifest.encoded())
    with (
        gzip.GzipFile(fileobj=to, filename="", mode="wb", compresslevel=_QUICK, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, path in ((manifests.FILE, beside), *((one.name, work / one.name) for one in manifest.files)):
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = path.stat().st_size, 0o600, manifest.as_of.timestamp()
            with path.open("rb") as file:
                archive.addfile(info, file)


@contextmanager
def opened(source: IO[bytes]) -> Iterator[tuple[Manifest, Callable[[Path], None]]]:
    """Yield what the archive says of itself, and what unpacks it into an empty folder.

    Raises DamagedBackupError, NewerBackupError; unpacking raises DamagedBackupError for
    whatever is not as the manifest says, and OSError.
    """
    with _told(), gzip.GzipFile(fileobj=source) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
        manifest = _manifest(archive)
        yield manifest, lambda folder: _unpack(archive, manifest, folder)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise DamagedBackupError(f"it is no backup, or not the whole of one ({error})") from error


def _manifest(archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    if first is None or first.name != manifests.FILE or not first.isreg() or first.size > manifests.MOST_BYTES:
        raise DamagedBackupError(f"it is no backup of a collector: it does not begin with {manifests.FILE}")
    content = archive.extractfile(first)
    assert content is not None  # it is a file
    return manifests.parse(content.read())


def _unpack(archive: tarfile.TarFile, manifest: Manifest, folder: Path) -> None:
    wanted = {one.name: one for one in manifest.files}
    with _told():
        while (member := archive.next()) is not None:
            one = wanted.pop(member.name, None)
            if one is None or not member.isreg() or member.size != one.bytes:
                raise DamagedBackupError(f"{member.name[:200]!r} is not what its manifest says")
            content = archive.extractfile(member)
            assert content is not None  # it is a file
            _copy(content, folder / one.name, one)
        while archive.fileobj.read(_PIECE):  # to the end, where the checksum of the whole stands
            pass
    if wanted:
        raise DamagedBackupError(f"{len(wanted)} files of its manifest are missing, {min(wanted)} among them")


def _copy(content: IO[bytes], to: Path, one: Kept) -> None:
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(_PIECE):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != one.sha256:
        raise DamagedBackupError(f"{one.name} is not what was kept: its SHA-256 differs")


def keep_names(folder: Path) -> None:
    """Return once the names in a folder are on the disk: a file that was synchronised may else be without one.

    Raises OSError.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
