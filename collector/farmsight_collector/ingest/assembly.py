"""Blobs on their way in: chunks, in their order, into a file; bounded, and checked by size and SHA-256."""

import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from farmsight_collector.errors import InvalidRequestError, TooMuchError
from farmsight_wire.v1.telemetry_pb2 import BlobChunk

AT_ONCE: Final = 4  # blobs that one agent may have half sent


class _Half:
    """One blob that is not whole yet."""

    __slots__ = ("arrived", "digest", "file", "size")

    def __init__(self, file: Path, size: int) -> None:
        self.file = file
        self.size = size
        self.arrived = 0
        self.digest = hashlib.sha256()


class Assembly:
    """The half-sent blobs of one stream."""

    __slots__ = ("_bound", "_folder", "_halves")

    def __init__(self, folder: Path, bound: int) -> None:
        """Keep chunks in files of this folder; no blob may be over `bound` bytes."""
        self._folder = folder
        self._bound = bound
        self._halves: dict[bytes, _Half] = {}

    def take(self, chunk: BlobChunk) -> Path | None:
        """Add a chunk; return the file when the blob is whole and what its name says.

        Raises TooMuchError, InvalidRequestError (the blob is then forgotten),
        OSError when the disk is full.
        """
        try:
            half = self._half(chunk)
            self._append(half, chunk)
        except BaseException:
            self.forget(chunk.sha256)
            raise
        if half.arrived < half.size:
            return None
        del self._halves[chunk.sha256]
        if half.digest.digest() != chunk.sha256:
            half.file.unlink(missing_ok=True)
            raise InvalidRequestError("blob: the bytes have another SHA-256")
        return half.file

    def forget(self, sha256: bytes) -> None:
        """Drop what came of one blob."""
        half = self._halves.pop(sha256, None)
        if half is not None:
            half.file.unlink(missing_ok=True)

    def close(self) -> None:
        """Drop everything that is not whole."""
        for sha256 in tuple(self._halves):
            self.forget(sha256)

    def _half(self, chunk: BlobChunk) -> _Half:
        if len(chunk.sha256) != 32:
            raise InvalidRequestError("blob.sha256: not 32 bytes")
        if chunk.size > self._bound:
            raise TooMuchError(f"blob.size: over the bound of {self._bound} bytes (blob_bytes)")
        half = self._halves.get(chunk.sha256)
        if half is not None and chunk.offset != 0:
            return half
        if chunk.offset != 0 or chunk.size == 0:
            raise InvalidRequestError("blob.offset: the first chunk is missing")
        self.forget(chunk.sha256)  # begun anew
        if len(self._halves) >= AT_ONCE:
            raise TooMuchError(f"blob: more than {AT_ONCE} half-sent blobs")
        half = self._halves[chunk.sha256] = _Half(self._folder / secrets.token_hex(16), chunk.size)
        return half

    def _append(self, half: _Half, chunk: BlobChunk) -> None:
        if chunk.size != half.size or chunk.offset != half.arrived or not chunk.data:
            raise InvalidRequestError("blob.offset: the chunks don't follow each other")
        if half.arrived + len(chunk.data) > half.size:
            raise InvalidRequestError("blob.data: more than blob.size")
        descriptor = os.open(half.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(chunk.data)
        half.digest.update(chunk.data)
        half.arrived += len(chunk.data)


def empty_folder(folder: Path) -> Path:
    """Make the folder for halves, and remove what a killed collector left there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.iterdir():
        left.unlink(missing_ok=True)
    return folder
