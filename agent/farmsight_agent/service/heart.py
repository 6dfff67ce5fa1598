"""The agent's sign of life to systemd: only while the threads that do its work are there."""

import threading
import time
from collections.abc import Sequence

from farmsight_agent.service.notify import ALIVE, READY, STOPPING, alive_every_s, notify


class Heart:
    """Beats when it is asked to and enough time went by; stops beating with any of its threads."""

    def __init__(self, threads: Sequence[threading.Thread]) -> None:
        """Watch these threads."""
        self._threads = tuple(threads)
        self._every_s = alive_every_s()
        self._next = 0.0

    def started(self) -> None:
        """Say that the agent runs."""
        notify(READY)

    def beat(self) -> None:
        """Say that it still runs, if it is time and it is true; silence lets systemd start the agent anew."""
        now = time.monotonic()
        if self._every_s is None or now < self._next or not all(one.is_alive() for one in self._threads):
            return
        notify(ALIVE)
        self._next = now + self._every_s

    def ends(self) -> None:
        """Say that the agent stops as it was told to."""
        notify(STOPPING)
