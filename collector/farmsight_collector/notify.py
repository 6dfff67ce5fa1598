"""Telling systemd that the collector serves, and that its loop still turns: the protocol of sd_notify(3).

One datagram to the socket that NOTIFY_SOCKET names. Without one, as in a
container or at a prompt, nothing is told.
"""

import asyncio
import contextlib
import os
import socket
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"


async def beat() -> None:
    """Say that it serves, then that it still does, as often as systemd wants it, until cancelled.

    A loop that is held up for longer is silent: systemd starts the collector anew.
    """
    _tell(READY)
    every_s = _every_s()
    try:
        while True:
            await asyncio.sleep(every_s)
            _tell(ALIVE)
    finally:
        _tell(STOPPING)


def _tell(word: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    place = "\0" + address[1:] if address.startswith("@") else address  # an abstract name begins with NUL
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
        way.sendto(word.encode(), place)


def _every_s() -> float:
    """Return half of what systemd waits for a sign of life (sd_watchdog_enabled(3)), an hour where it waits not."""
    microseconds, wanted = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    mine = wanted in {"", str(os.getpid())}
    return int(microseconds) / 2_000_000 if mine and microseconds.isdecimal() and int(microseconds) else 3600.0
