"""Telling systemd that the agent runs, and that it still does: the protocol of sd_notify(3).

One datagram to the socket that NOTIFY_SOCKET names. Without one, as in the
foreground and on Windows, nothing is told.
"""

import contextlib
import os
import socket
import sys
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"


def notify(*words: str) -> bool:
    """Tell the service manager; returns whether there was one that could be told."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if sys.platform == "win32" or not address.startswith(("/", "@")):
        return False
    place = "\0" + address[1:] if address.startswith("@") else address  # an abstract name begins with NUL
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
        way.sendto("\n".join(words).encode(), place)
        return True
    return False


def alive_every_s() -> float | None:
    """Return how often ALIVE must be told, half of what systemd waits for it; None: never (sd_watchdog_enabled(3))."""
    microseconds, wanted = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not microseconds.isdecimal() or int(microseconds) == 0 or wanted not in {"", str(os.getpid())}:
        return None
    return int(microseconds) / 2_000_000
