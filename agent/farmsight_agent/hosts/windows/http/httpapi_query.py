"""How http.sys is asked for its configuration: buffer sizes, the end of a list, what a status means.

Platform-free: `Ask` is one call of HttpQueryServiceConfiguration, made by
`httpapi`. Sources: win32 Http documentation, HttpQueryServiceConfiguration;
Windows system error codes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, UnavailableError

T = TypeVar("T")

MAX_RECORDS: Final = 5000  # of one kind; servers have tens, those with many web sites hundreds
MAX_RECORD_BYTES: Final = 1024 * 1024  # a descriptor is at most 64 KiB, as text some times that
_FIRST_BYTES: Final = 1024
_SIZINGS: Final = 8  # a record may grow between two calls, but not for ever
_READINGS: Final = 5

_NO_ERROR: Final = 0
_FILE_NOT_FOUND: Final = 2
_ACCESS_DENIED: Final = 5
_INSUFFICIENT_BUFFER: Final = 122
_MORE_DATA: Final = 234
_NO_MORE_ITEMS: Final = 259
_SERVICE_DISABLED: Final = 1058
_SERVICE_ABSENT: Final = 1060
# Invalid function, not supported, invalid parameter, not implemented: what a build says to a kind that it lacks.
_UNKNOWN_KIND: Final = frozenset({1, 50, 87, 120})


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What one call gave: its status, the size it asks for, and the buffer with the address it lay at."""

    status: int
    needed: int = 0
    data: bytes = b""
    base: int = 0


class Ask(Protocol):
    """One call for one kind: the input structure's bytes (none: no input), and a buffer of `size` bytes."""

    def __call__(self, kind: int, question: bytes, size: int) -> Reply:
        """Return what the call gave."""


class UnknownKindError(FailedError):
    """This build of Windows does not know such a kind of record, or not with such an input."""


def record(ask: Ask, kind: int, question: bytes) -> Reply | None:
    """Return one record, None where there is none; raises why it can't be had."""
    size = _FIRST_BYTES
    for _ in range(_SIZINGS):
        reply = ask(kind, question, size)
        if reply.status == _NO_ERROR:
            return reply
        if reply.status in {_FILE_NOT_FOUND, _NO_MORE_ITEMS}:
            return None
        if reply.status not in {_INSUFFICIENT_BUFFER, _MORE_DATA}:
            raise trouble(reply.status, f"kind {kind}")
        size = max(reply.needed, size * 2)
        if size > MAX_RECORD_BYTES:
            raise FailedError("too-large", f"kind {kind}: a record of {size} bytes")
    raise FailedError("unsteady", f"kind {kind}: the size that a record needs kept changing")


def records(ask: Ask, kind: int, question: Callable[[int], bytes]) -> Iterator[Reply]:
    """Yield the records of a kind in the order of http.sys; `question` gives the input for a record's number."""
    for token in range(MAX_RECORDS):
        reply = record(ask, kind, question(token))
        if reply is None:
            return
        yield reply
    raise FailedError("too-many-records", f"kind {kind}: more than {MAX_RECORDS}")


def settled(read: Callable[[], list[T]]) -> list[T]:
    """Return a list once two readings in a row agree.

    Records are asked for by number: one that vanishes meanwhile moves those
    behind it, and the list that was read lacks one that was always there.
    """
    before = read()
    for _ in range(_READINGS):
        after = read()
        if after == before:
            return after
        before = after
    raise FailedError("unsteady", "the configuration kept changing while it was read")


def trouble(status: int, what: str) -> NotObservedError:
    """Return the error that a status other than success stands for."""
    if status == _ACCESS_DENIED:
        return DeniedError("access-denied", f"{what}: http.sys does not let this account read it")
    if status in {_SERVICE_DISABLED, _SERVICE_ABSENT}:
        return UnavailableError("http-service-disabled", f"{what}: error {status}")
    if status in _UNKNOWN_KIND:
        return UnknownKindError("unknown-kind", f"{what}: error {status}")
    return FailedError("api-failed", f"{what}: error {status}")
