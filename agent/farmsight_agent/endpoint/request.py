"""One HTTP request, and what comes of it: an answer, an ending, or waiting."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from farmsight_agent.endpoint.session import AlertError, EndedError, NotTlsError
from farmsight_agent.retrieve.http import USER_AGENT
from farmsight_wire.v1 import facts_pb2

MOST_HEAD: Final = 65536
_STATUS: Final = re.compile(rb"HTTP/\d\.\d (\d{3})(?: |\r|\n)")
_SERVER: Final = re.compile(rb"\r\nserver:[ \t]*([^\r\n]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What came of a request."""

    outcome: facts_pb2.HttpOutcome.ValueType
    status: int = 0
    server: str = ""
    alert: int = 0


def request(name: str, port: int, path: str, send: Callable[[bytes], None], receive: Callable[[], bytes]) -> Said:
    """Ask for a path and wait for the head of the answer, as long as `receive` does.

    `receive` returns b"" for an orderly end and raises TimeoutError for
    silence. Never raises for what the other side does.
    """
    host = name if port in (80, 443) else f"{name}:{port}"
    head = b""
    try:
        send(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n".encode("latin-1")
        )
        while b"\r\n\r\n" not in head and len(head) < MOST_HEAD and _may_be_http(head):
            block = receive()
            if not block:
                break
            head += block
    except TimeoutError:
        return _answer(head, facts_pb2.HTTP_OUTCOME_WAITS)
    except EndedError as error:
        ended = facts_pb2.HTTP_OUTCOME_RESET if error.reset else facts_pb2.HTTP_OUTCOME_CLOSED
        return _answer(head, ended)
    except AlertError as error:
        if error.alert:
            return Said(outcome=facts_pb2.HTTP_OUTCOME_TLS_ALERT, alert=error.alert)
        return _answer(head, facts_pb2.HTTP_OUTCOME_FAILED)
    except (OSError, NotTlsError):
        return _answer(head, facts_pb2.HTTP_OUTCOME_FAILED)
    return _answer(head, facts_pb2.HTTP_OUTCOME_CLOSED)


def _may_be_http(head: bytes) -> bool:
    return head[:5] == b"HTTP/"[: len(head)]


def _answer(head: bytes, without: facts_pb2.HttpOutcome.ValueType) -> Said:
    """Return the answer in the bytes that came, or `without` when none did."""
    status = _STATUS.match(head)
    if status is not None:
        server = _SERVER.search(head)
        text = server.group(1).decode("latin-1") if server else ""
        shown = "".join(one for one in text if one.isprintable())
        return Said(outcome=facts_pb2.HTTP_OUTCOME_ANSWERED, status=int(status.group(1)), server=shown)
    return Said(outcome=facts_pb2.HTTP_OUTCOME_NOT_HTTP if head else without)
