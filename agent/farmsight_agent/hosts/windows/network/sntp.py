"""One exchange with a time server: SNTP version 4 (RFC 5905 section 14, RFC 4330).

An answer counts only when it answers this very question (its originate
timestamp is the one sent), from a server that knows the time itself.
"""

import math
import secrets
import socket
import struct
from datetime import UTC, datetime, timedelta
from typing import Final

from farmsight_agent.clock import Clock
from farmsight_agent.outcome import FailedError, NotObservedError, TimedOutError, UnavailableError

PORT: Final = 123
WAIT_S: Final = 5.0
_PACKET: Final = struct.Struct(">BBbb11I")
_CLIENT: Final = 0x23  # leap 0, version 4, mode 3
_SERVER_MODES: Final = frozenset({4, 5})
_UNSYNCHRONISED: Final = 3  # leap indicator: the clock has never been set
_MAX_STRATUM: Final = 15
_EPOCH: Final = datetime(1900, 1, 1, tzinfo=UTC)
_ERA_S: Final = 1 << 32  # the counter of seconds wraps in 2036


def request(mark: bytes) -> bytes:
    """Return a client's question; `mark` (8 bytes) stands for the time it was sent, which is nobody's business."""
    return bytes([_CLIENT]) + bytes(39) + mark


def offset(reply: bytes, mark: bytes, sent: datetime, received: datetime) -> float:
    """Return how many seconds this clock is ahead of the server's.

    Raises FailedError for what is no answer to `mark`, UnavailableError for
    a server that is not synchronised or refuses (stratum 0, "kiss of death").
    """
    if len(reply) < _PACKET.size:
        raise FailedError("not-understood", f"a time server's answer of {len(reply)} bytes")
    first, stratum, *_rest = _PACKET.unpack_from(reply)
    if first & 7 not in _SERVER_MODES or reply[24:32] != mark:
        raise FailedError("not-understood", "not an answer to the question that was sent")
    if stratum == 0:
        raise UnavailableError("time-server-refused", repr(reply[12:16]))
    if first >> 6 == _UNSYNCHRONISED or stratum > _MAX_STRATUM or reply[40:48] == bytes(8):
        raise UnavailableError("time-server-not-synchronised", f"stratum {stratum}")
    arrived, left = _instant(reply[32:40], sent), _instant(reply[40:48], received)
    ahead = ((sent - arrived) + (received - left)).total_seconds() / 2
    if not math.isfinite(ahead):
        raise FailedError("not-understood", "an offset that is no number")
    return ahead


def _instant(stamp: bytes, near: datetime) -> datetime:
    """Return an NTP timestamp, in the era that is nearest to our own idea of now."""
    whole, part = struct.unpack(">II", stamp)
    seconds = whole + part / _ERA_S
    ours = (near - _EPOCH).total_seconds()
    return _EPOCH + timedelta(seconds=seconds + round((ours - seconds) / _ERA_S) * _ERA_S)


def ask(server: str, clock: Clock, *, port: int = PORT, wait_s: float = WAIT_S) -> float:
    """Return how many seconds this clock is ahead of a server's, by one question to its first address.

    Raises UnavailableError (name, port, refusal), TimedOutError, FailedError.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as client:
            client.settimeout(wait_s)
            client.connect(address)
            return _exchange(client, clock, wait_s)
    except TimeoutError as error:
        raise TimedOutError("time-server-silent", server) from error
    except (OSError, UnicodeError) as error:
        raise UnavailableError("time-server-unreachable", f"{server}: {error}") from error
    except NotObservedError as error:
        raise type(error)(error.reason, f"{server}: {error.detail}") from error


def _exchange(client: socket.socket, clock: Clock, wait_s: float) -> float:
    """Ask once; packets that answer something else are passed over until the time is up."""
    mark = secrets.token_bytes(8)
    sent, began = clock.now(), clock.monotonic()
    client.send(request(mark))
    while True:
        reply = client.recv(1024)
        took = clock.monotonic() - began
        # By the steady clock: a correction of the other one in between must not count.
        try:
            return offset(reply, mark, sent, sent + timedelta(seconds=took))
        except FailedError:
            if took >= wait_s:
                raise TimeoutError from None
            client.settimeout(max(0.01, wait_s - took))
