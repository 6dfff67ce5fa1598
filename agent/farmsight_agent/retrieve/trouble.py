"""What stops a retrieval, told by types and error numbers, never by the system's words, which are in its language."""

import errno
import http.client
import ssl
from typing import Final

from farmsight_wire.v1 import facts_pb2

Outcome = facts_pb2.RetrievalOutcome

_BY_NUMBER: Final[dict[int, facts_pb2.RetrievalOutcome.ValueType]] = {
    errno.ECONNREFUSED: facts_pb2.RETRIEVAL_OUTCOME_REFUSED,
    errno.ENETUNREACH: facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE,
    errno.EHOSTUNREACH: facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE,
    errno.ENETDOWN: facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE,
    errno.EADDRNOTAVAIL: facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE,
    # A route or a packet filter that forbids.
    errno.EACCES: facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE,
    errno.EPERM: facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE,
    errno.EAFNOSUPPORT: facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE,
    errno.ECONNRESET: facts_pb2.RETRIEVAL_OUTCOME_RESET,
    errno.ECONNABORTED: facts_pb2.RETRIEVAL_OUTCOME_RESET,
    errno.EPIPE: facts_pb2.RETRIEVAL_OUTCOME_RESET,
}
_WORDS: Final[dict[facts_pb2.RetrievalOutcome.ValueType, str]] = {
    facts_pb2.RETRIEVAL_OUTCOME_REFUSED: "the connection is refused",
    facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE: "no way leads there",
    facts_pb2.RETRIEVAL_OUTCOME_RESET: "the connection was reset",
}


class RetrievalTroubleError(Exception):
    """The retrieval ended so; `detail` is for people, `system_error` an errno or Win32 code."""

    def __init__(self, outcome: facts_pb2.RetrievalOutcome.ValueType, detail: str, system_error: int = 0) -> None:
        """Keep what happened."""
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.system_error = system_error


def from_system(error: Exception, *, connecting: bool = False) -> RetrievalTroubleError:
    """Return the trouble that an error of the sockets, of TLS or of the HTTP parser stands for."""
    if isinstance(error, RetrievalTroubleError):
        return error
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_TLS_FAILED, _tls_text(error))
    if isinstance(error, http.client.IncompleteRead):
        return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_TRUNCATED, "the body ended too soon")
    if isinstance(error, http.client.RemoteDisconnected | ssl.SSLEOFError):
        text = "the connection ended before an answer"
        return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_RESET, text)
    if isinstance(error, http.client.HTTPException):
        text = f"not an HTTP answer ({type(error).__name__})"
        return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_FAILED, text)
    if isinstance(error, OSError):
        return _from_number(error, connecting=connecting)
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_FAILED, f"{type(error).__name__}: {error}"[:300])


def _from_number(error: OSError, *, connecting: bool) -> RetrievalTroubleError:
    number = error.errno or 0
    if isinstance(error, TimeoutError) or number == errno.ETIMEDOUT:
        outcome = facts_pb2.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT if connecting else facts_pb2.RETRIEVAL_OUTCOME_TIMED_OUT
        text = "no answer to the connection" if connecting else "connected, then too slow"
        return RetrievalTroubleError(outcome, text, number or errno.ETIMEDOUT)
    known = _BY_NUMBER.get(number, facts_pb2.RETRIEVAL_OUTCOME_FAILED)
    text = _WORDS.get(known) or f"system error {number} ({type(error).__name__})"
    return RetrievalTroubleError(known, text, number)


def _tls_text(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}"
    return f"TLS: {error.reason or type(error).__name__}"
