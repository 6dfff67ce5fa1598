"""What goes wrong, as people are told of it: one table, one page, one number that the log has, too."""

import logging
import secrets
from dataclasses import dataclass
from typing import Final

from farmsight_collector.errors import (
    AccessError,
    IdentityError,
    InvalidRequestError,
    NotFoundError,
    NotReadyError,
    StoreBusyError,
    StoreFullError,
    TokenError,
    TooMuchError,
)
from farmsight_collector.web.threads import BusyError

log = logging.getLogger(__name__)

# Error kind -> (HTTP status, heading, text; None: the error's own text is public). The first match counts.
STATUS: Final[tuple[tuple[type[BaseException], int, str, str | None], ...]] = (
    (StoreFullError, 503, "The disk is full", "The collector's disk is full: nothing new is kept until there is room."),
    (StoreBusyError, 503, "The store is busy", "Another process holds the collector's store. Trying again is right."),
    (BusyError, 503, "The collector is busy", None),
    (TokenError, 403, "Not let in", None),
    (IdentityError, 401, "Sign in first", None),
    (AccessError, 403, "Not for you", None),
    (NotFoundError, 404, "Not here", None),
    (InvalidRequestError, 400, "Not understood", None),
    (TooMuchError, 413, "Too much", None),
    (NotReadyError, 409, "Not yet", None),
)
FAILED: Final = "The collector failed to answer. Nothing on the farm is changed by that."


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What somebody is told."""

    status: int
    title: str
    what: str
    number: str = ""  # of a failure, as the log has it


def refusal(error: BaseException, what: str) -> Refusal:
    """Return what to say of an error; what nobody expected is written to the log under a number."""
    for kind, status, title, text in STATUS:
        if isinstance(error, kind):
            return Refusal(status=status, title=title, what=str(error) if text is None else text)
    number = secrets.token_hex(4)
    log.error("%s failed (%s)", what, number, exc_info=error)
    return Refusal(status=500, title="This view failed", what=FAILED, number=number)
