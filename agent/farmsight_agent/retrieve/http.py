"""One HTTP request over a socket of our own, with a limit on every wait (RFC 9112)."""

import http.client
import importlib.metadata
import io
import socket
import ssl
from collections.abc import Mapping
from typing import Final, cast

from farmsight_agent.retrieve.limits import Deadline

USER_AGENT: Final = f"farmsight/{importlib.metadata.version('farmsight')}"


class TimedSocket(io.RawIOBase):
    """A socket as a file whose every read waits no longer than it may."""

    def __init__(self, connection: socket.socket, deadline: Deadline, timeout_s: float) -> None:
        """Read from a connected socket."""
        self._connection = connection
        self._deadline = deadline
        self._timeout_s = timeout_s

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read what is there; raises TimeoutError when nothing comes in time."""
        self._connection.settimeout(self._deadline.left(self._timeout_s))
        return self._connection.recv_into(cast("bytearray", buffer))

    def sendall(self, data: bytes) -> None:
        """Send everything; raises TimeoutError when that takes too long."""
        self._connection.settimeout(self._deadline.left(self._timeout_s))
        self._connection.sendall(data)

    def makefile(self, *_: object) -> io.BufferedReader:
        """Return a buffered reader, as the parser of the standard library asks for."""
        return io.BufferedReader(self, 65536)


def exchange(
    timed: TimedSocket, method: str, target: str, fields: Mapping[str, str], body: bytes = b""
) -> http.client.HTTPResponse:
    """Send a request and return the response with its head read.

    No credentials, no cookies, and no coding of the body is asked for: CRLs
    are fetched as CryptoAPI and OpenSSL do. Raises OSError or HTTPException.
    """
    head = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in (head | dict(fields)).items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    timed.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    # The parser wants a socket only to call makefile() on it.
    response = http.client.HTTPResponse(cast("socket.socket", timed), method=method)
    response.begin()
    return response


def secured(connection: socket.socket, host: str, deadline: Deadline, timeout_s: float) -> ssl.SSLSocket:
    """Return the connection with TLS on it, verified against the system's roots; raises OSError."""
    connection.settimeout(deadline.left(timeout_s))
    return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
