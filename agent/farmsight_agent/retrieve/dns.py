"""Names to addresses, with a limit on the wait."""

import errno
import socket
import threading
from typing import Final

from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2

MOST_ADDRESSES: Final = 16
# The system's own words are in its language. Which of the first two it is differs from resolver to resolver.
_WORDS: Final = {
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): "no such name, or no address of it",
    socket.EAI_NONAME: "no such name, or no address of it",
    socket.EAI_AGAIN: "no answer from a name server",
}


def resolve(host: str, port: int, timeout_s: float) -> tuple[str, ...]:
    """Return the addresses of a name, numerically sorted within each family, the preferred family first.

    Servers that rotate their answers would make every run differ from the
    last, hence the sorting. An address comes back as it is. Raises
    `RetrievalTroubleError` when there is none, or not within `timeout_s`.
    """
    answer: list[tuple[str, ...] | Exception] = []

    def ask() -> None:
        try:
            answer.append(_ask(host, port))
        except Exception as error:
            answer.append(error)

    # The system's resolver can't be interrupted; a thread of its own can be left behind.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_s)
    found = answer[0] if answer else TimeoutError()
    if isinstance(found, tuple):
        return found
    raise _trouble(host, found)


def _ask(host: str, port: int) -> tuple[str, ...]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    families: dict[int, set[str]] = {}
    for family, _, _, _, address in rows:
        families.setdefault(family, set()).add(str(address[0]))
    return tuple(one for found in families.values() for one in sorted(found))[:MOST_ADDRESSES]


def _trouble(host: str, error: Exception) -> RetrievalTroubleError:
    outcome = facts_pb2.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED
    if isinstance(error, socket.gaierror):
        # The numbers are EAI_*, negative on Linux; the wire holds them without the sign.
        text = _WORDS.get(error.errno or 0, "the resolver failed")
        return RetrievalTroubleError(outcome, f"{host}: {text}", abs(error.errno or 0))
    if isinstance(error, TimeoutError):
        return RetrievalTroubleError(outcome, f"{host}: the resolver did not answer", errno.ETIMEDOUT)
    return RetrievalTroubleError(outcome, f"{host}: not a name that can be resolved")
