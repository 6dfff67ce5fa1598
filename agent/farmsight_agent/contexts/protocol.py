"""What passes between the agent and a child that runs under another account.

The request is one line of JSON on the child's standard input, which stays
open: its end tells the child that nobody waits any more. The answer is a row
of frames on its standard output: one byte that says what it is, the length
as 32 bits big endian, then the bytes. Both sides are bounded; the parent
believes nothing that it did not check.
"""

import json
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final

from farmsight_wire.v1 import facts_pb2, telemetry_pb2

HEADER: Final = struct.Struct(">BI")
LARGEST_REQUEST: Final = 64 * 1024 * 1024

PROOF: Final = 1  # a ContextProof; first, and exactly one
FACT: Final = 2
SAMPLE: Final = 3
BLOB: Final = 4
ERROR: Final = 5  # JSON {"outcome", "reason", "detail"}
DONE: Final = 6  # empty; an answer without it is cut off
RESULT: Final = 7  # a JSON object, at most one: what an operation found that is no fact

# Buffers from here on are mapped, not allocated: freed, they leave the process for certain.
_MAPPED_FROM: Final = 256 * 1024


class ProtocolError(Exception):
    """The other side does not speak as agreed."""


def json_object(data: bytes) -> dict[str, Any]:
    """Return a JSON object; raises ProtocolError for whatever else the bytes are."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"what is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ProtocolError("JSON that is no object")
    return found


@dataclass(frozen=True, kw_only=True)
class Become:
    """The account a child turns into for good before it does anything else."""

    uid: int
    gid: int
    groups: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ChildRequest:
    """One call: the operation, its JSON-able payload, and how long it may take.

    The runner sets the rest: blobs larger than `blob_limit` stay in the
    child; `become` is None when the child runs under the agent's own account.
    """

    op: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    deadline_s: float = 60.0
    blob_limit: int = 0
    become: Become | None = None

    def to_bytes(self) -> bytes:
        """Return the request as it is written to the child."""
        values = {
            "op": self.op,
            "payload": self.payload,
            "deadline_s": self.deadline_s,
            "blob_limit": self.blob_limit,
            "become": None if self.become is None else asdict(self.become),
        }
        return json.dumps(values).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> "ChildRequest":
        """Return the request that was read; raises ProtocolError."""
        try:
            values = json.loads(data)
            become = values["become"]
            return cls(
                become=None if become is None else Become(**become),
                op=str(values["op"]),
                payload=dict(values["payload"]),
                deadline_s=float(values["deadline_s"]),
                blob_limit=int(values["blob_limit"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ProtocolError(f"not a request: {error}") from error


@dataclass(frozen=True, kw_only=True)
class ChildAnswer:
    """What the child saw, with the proof of who it was. Its blobs are in the agent's sink already."""

    proof: facts_pb2.ContextProof
    facts: tuple[facts_pb2.Fact, ...] = ()
    samples: tuple[telemetry_pb2.Sample, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)


class FrameReader:
    """Cuts a stream of bytes into frames; refuses those that are too large before there is room for them."""

    def __init__(self, largest: int, at_most: Mapping[int, int] | None = None) -> None:
        """Start with nothing read; `largest` bounds one frame's bytes, `at_most` those of some kinds instead."""
        self._largest = largest
        self._at_most = at_most or {}
        self._head = bytearray()
        self._kind = 0
        self._body: memoryview | None = None
        self._filled = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes | memoryview]]:
        """Yield (kind, bytes) of every frame that is complete now; raises ProtocolError.

        A blob comes as a view of the one buffer it was read into.
        """
        rest = memoryview(data)
        while True:
            if self._body is None:
                rest = self._begin(rest)
            if self._body is None:
                return
            piece = rest[: len(self._body) - self._filled]
            self._body[self._filled : self._filled + len(piece)] = piece
            self._filled += len(piece)
            rest = rest[len(piece) :]
            if self._filled < len(self._body):
                return
            body, self._body = self._body, None
            yield self._kind, body if self._kind == BLOB else bytes(body)

    def _begin(self, data: memoryview) -> memoryview:
        """Take the header, make room for what it announces, and return the rest."""
        missing = HEADER.size - len(self._head)
        self._head += data[:missing]
        if len(self._head) == HEADER.size:
            self._kind, length = HEADER.unpack(self._head)
            if not PROOF <= self._kind <= RESULT or length > self._at_most.get(self._kind, self._largest):
                raise ProtocolError(f"a frame of kind {self._kind} and {length} bytes")
            self._head.clear()
            self._filled = 0
            self._body = memoryview(mmap.mmap(-1, length) if length >= _MAPPED_FROM else bytearray(length))
        return data[missing:]


def write_frame(stream: IO[bytes], kind: int, data: bytes = b"") -> None:
    """Write one frame."""
    stream.write(HEADER.pack(kind, len(data)))
    stream.write(data)
    stream.flush()
