"""What can go wrong, and what the other side is told of it: one table.

A text that is public is written for the person at the other end; of all else
only the status is told, and the collector's own log has the rest.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
import grpc.aio

log = logging.getLogger(__name__)

INTERNAL_TEXT: Final = "the collector failed; its log says how"


class CollectorError(Exception):
    """Base of all that the collector raises on purpose."""


class StoreError(CollectorError):
    """The store could not do what was asked; nothing of it was done."""


class StoreFullError(StoreError):
    """No room on the disk; the transaction was rolled back and the store is intact."""


class StoreBusyError(StoreError):
    """Another process holds the store; trying again is right."""


class TokenError(CollectorError):
    """A join token was refused; `kind` is unknown, used, expired or revoked."""

    def __init__(self, kind: str) -> None:
        """Keep why."""
        super().__init__(f"the join token is {kind}")
        self.kind = kind


class IdentityError(CollectorError):
    """The caller is not who it must be: no certificate, revoked, lapsed, of another CA."""


class AccessError(CollectorError):
    """The caller is known, and may not do this."""


class NotFoundError(CollectorError):
    """What was asked about is not here."""


class InvalidRequestError(CollectorError):
    """The request breaks the contract; the text names the field."""


class TooMuchError(CollectorError):
    """Over a bound; the text says which."""


class NotReadyError(CollectorError):
    """Something must happen first; the text says what."""


# Error kind -> (gRPC status, public text; None: the error's own text is public).
# The first match counts: special before general.
STATUS: Final[tuple[tuple[type[BaseException], grpc.StatusCode, str | None], ...]] = (
    (StoreFullError, grpc.StatusCode.RESOURCE_EXHAUSTED, "the collector's disk is full"),
    (StoreBusyError, grpc.StatusCode.UNAVAILABLE, "the collector's store is busy"),
    (StoreError, grpc.StatusCode.INTERNAL, INTERNAL_TEXT),
    (TokenError, grpc.StatusCode.PERMISSION_DENIED, None),
    (IdentityError, grpc.StatusCode.UNAUTHENTICATED, None),
    (AccessError, grpc.StatusCode.PERMISSION_DENIED, None),
    (NotFoundError, grpc.StatusCode.NOT_FOUND, None),
    (InvalidRequestError, grpc.StatusCode.INVALID_ARGUMENT, None),
    (TooMuchError, grpc.StatusCode.RESOURCE_EXHAUSTED, None),
    (NotReadyError, grpc.StatusCode.FAILED_PRECONDITION, None),
)


def status_of(error: BaseException) -> tuple[grpc.StatusCode, str]:
    """Return the status and the public text for an error of any kind."""
    for kind, code, text in STATUS:
        if isinstance(error, kind):
            return code, str(error) if text is None else text
    return grpc.StatusCode.INTERNAL, INTERNAL_TEXT


@asynccontextmanager
async def told(context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[None]:
    """Turn whatever the body raises into a status that the caller is told.

    `async with told(context):` serves unary and streaming methods alike.
    """
    try:
        yield
    except grpc.aio.AbortError:
        raise  # the body has told already
    except Exception as error:  # nothing that a caller sends may end in a bare traceback
        code, text = status_of(error)
        if code is grpc.StatusCode.INTERNAL:
            log.exception("a call failed")
        else:
            log.info("a call was refused: %s: %s", code.name, error)
        await context.abort(code, text)
