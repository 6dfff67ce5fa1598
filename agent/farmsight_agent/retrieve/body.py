"""The body of an answer: received within its limits, decoded, hashed on the way."""

import hashlib
import http.client
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

from farmsight_agent.retrieve.limits import Limits
from farmsight_agent.retrieve.trouble import RetrievalTroubleError, from_system
from farmsight_wire.v1 import facts_pb2

BLOCK: Final = 65536
IN_MEMORY: Final = 1024 * 1024  # larger bodies go to a file until somebody reads them
RATIO_COUNTS_FROM: Final = 1024 * 1024


class Body:
    """A received body: its size and SHA-256 after decoding. Close it when done."""

    def __init__(self) -> None:
        """Start empty."""
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - see close
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append; raises `RetrievalTroubleError` when the disk has no room."""
        try:
            self._file.write(data)
        except OSError as error:
            text = f"no room for the body: {error.strerror}"
            raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_FAILED, text, error.errno or 0) from error
        self._hash.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> bytes:
        """Return the digest of what was written."""
        return self._hash.digest()

    def read(self) -> bytes:
        """Return the whole."""
        self._file.seek(0)
        return self._file.read()

    def close(self) -> None:
        """Let go of memory and file."""
        self._file.close()


def receive(response: http.client.HTTPResponse, into: Body, limits: Limits) -> None:
    """Receive and decode the body of a response.

    Raises `RetrievalTroubleError`: TOO_LARGE, TRUNCATED, DECOMPRESSION, or
    what broke the connection. What arrived before stays in the body.
    """
    if response.length is not None and response.length > limits.max_bytes:
        raise _too_large(limits)
    coding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
    blocks = _encoded(response, limits)
    for block in blocks if coding in {"identity", ""} else _decoded(blocks, coding, limits):
        into.write(block)
        if into.size > limits.max_bytes:
            raise _too_large(limits)


def _encoded(response: http.client.HTTPResponse, limits: Limits) -> Iterator[bytes]:
    received = 0
    while True:
        try:
            block = response.read1(BLOCK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            # A broken chunk length is a ValueError in the standard library.
            raise from_system(error) from error
        if not block:
            break
        received += len(block)
        if received > limits.max_bytes:
            raise _too_large(limits)
        yield block
    if response.length:
        text = f"the body ended {response.length} bytes before the length that was announced"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_TRUNCATED, text)


def _decoded(blocks: Iterator[bytes], coding: str, limits: Limits) -> Iterator[bytes]:
    windows = {"gzip": 31, "x-gzip": 31, "deflate": 15}
    if coding not in windows:
        raise _undecodable(f"content coding {coding[:40]!r} is not known here")
    unpacker = None
    before = given = 0
    for block in blocks:
        if unpacker is None:
            # "deflate" is zlib by the standard (RFC 9110 8.4.1.2) and bare in many servers.
            bare = coding == "deflate" and block[0] & 0x0F != 8
            unpacker = zlib.decompressobj(-15 if bare else windows[coding])
        for part in _unpacked(unpacker, block):
            given += len(part)
            taken = before + len(block) - len(unpacker.unconsumed_tail)
            if given > RATIO_COUNTS_FROM and given > taken * limits.max_ratio:
                raise _undecodable(f"decoding makes the body more than {limits.max_ratio} times larger")
            yield part
        before += len(block)
    if unpacker is not None and not unpacker.eof:
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_TRUNCATED, "the coded body ended too soon")


def _unpacked(unpacker: "zlib._Decompress", block: bytes) -> Iterator[bytes]:
    """Yield what a block unpacks to in pieces, so that a bomb never lies in memory whole."""
    while block and not unpacker.eof:
        try:
            part = unpacker.decompress(block, BLOCK)
        except zlib.error as error:
            raise _undecodable("the content coding is broken") from error
        if part:
            yield part
        block = unpacker.unconsumed_tail


def _too_large(limits: Limits) -> RetrievalTroubleError:
    text = f"the body is larger than {limits.max_bytes} bytes"
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_TOO_LARGE, text)


def _undecodable(text: str) -> RetrievalTroubleError:
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_DECOMPRESSION, text)
