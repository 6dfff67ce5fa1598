"""What passes between the agent and a child that runs under another account.

The request is one line of JSON on the child's standard input, which stays
open: its end tells the child that nobody waits any more. The answer is a row
of frames on its standard output: one byte that says what it is, the length
as 32 bits big endian, then the bytes. Both sides are bounded; the parent
believes nothing that it did not check.
"""

import json
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


class ProtocolError(Exception):
    """The other side does not speak as agreed."""


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
        return json.dumps(asdict(self)).encode() + b"\n"

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


class FrameReader:
    """Cuts a stream of bytes into frames; refuses what is larger than `largest`."""

    def __init__(self, largest: int) -> None:
        """Start with nothing read; `largest` bounds one frame's bytes."""
        self._buffer = bytearray()
        self._largest = largest

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (kind, bytes) of every frame that is complete now; raises ProtocolError."""
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._buffer)
            if not PROOF <= kind <= DONE or length > self._largest:
                raise ProtocolError(f"a frame of kind {kind} and {length} bytes")
            end = HEADER.size + length
            if len(self._buffer) < end:
                return
            frame = bytes(memoryview(self._buffer)[HEADER.size : end])
            del self._buffer[:end]
            yield kind, frame


def write_frame(stream: IO[bytes], kind: int, data: bytes = b"") -> None:
    """Write one frame."""
    stream.write(HEADER.pack(kind, len(data)))
    stream.write(data)
    stream.flush()
