"""The seam between what a child says and how a platform starts, limits, checks and ends one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from farmsight_agent.contexts.protocol import Become
from farmsight_wire.v1 import facts_pb2

SOMEBODY_ELSE: Final = "context-mismatch"  # the reason of a child that is not who was asked for: no other way is tried
THROUGH_PIPES: Final = "--pipes"  # with their name: for a child that has no streams of ours
PIECE: Final = 65536  # bytes written or read at once
_STDERR_KEPT: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a child may use at most: bytes of memory, seconds of processor time."""

    memory: int
    processor_s: int


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a child ended: its status in the platform's words, and whether its processor time was used up."""

    status: str
    out_of_time: bool = False


class Child(Protocol):
    """A child that was started as an account, or is about to become it, and waits for its request.

    It is limited already, and `close` leaves nothing of it behind.
    """

    @property
    def token_source(self) -> facts_pb2.TokenSource.ValueType:
        """Return where its identity comes from."""

    @property
    def become(self) -> Become | None:
        """Return what the child must turn into by itself; None when it was started as the account."""

    @property
    def stderr(self) -> bytes:
        """Return the end of what it wrote to its standard error so far."""

    def exchange(self, request: bytes, hear: Callable[[bytes], bool], left: Callable[[], float]) -> bool:
        """Write the request and pass on what is answered; return whether that came to its end in time.

        It ends when `hear` returns False or the answer does. `left` returns
        the seconds there still are. No pipe can block another, and none of
        them, full or never read, keeps this from returning in time.
        """

    def contradiction(self, proof: facts_pb2.ContextProof) -> str:
        """Return how the operating system contradicts the child's proof; "" when it does not."""

    def ended(self) -> Ended:
        """Return how the child ended, waiting a moment for it."""

    def close(self) -> None:
        """End the child and everything it started."""


def tail(so_far: bytes, more: bytes) -> bytes:
    """Return the end of a standard error's text, as much as is kept of it."""
    return (so_far + more)[-_STDERR_KEPT:]
