"""Rings when facts or findings of a farm changed: for whoever looks anew then, and needs not know what changed."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Bells:
    """One bell a listener; rung on the event loop, `revision` may be read from any thread."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._revisions: Counter[str] = Counter()
        self._listening: set[tuple[str | None, asyncio.Event]] = set()

    def revision(self, farm: str) -> int:
        """Return a number that is another one whenever a farm changed."""
        return self._revisions[farm]

    def ring(self, farm: str) -> None:
        """Say that a farm changed."""
        self._revisions[farm] += 1
        for wanted, bell in self._listening:
            if wanted in (None, farm):
                bell.set()

    def from_thread(self) -> Callable[[str], None]:
        """Return what rings from any thread; called on the event loop."""
        loop = asyncio.get_running_loop()

        def ring(farm: str) -> None:
            loop.call_soon_threadsafe(self.ring, farm)

        return ring

    @contextmanager
    def hear(self, farm: str | None = None) -> Iterator[asyncio.Event]:
        """Yield an event that is set when a farm (None: any) changed; whoever waits for it clears it."""
        entry = farm, asyncio.Event()
        self._listening.add(entry)
        try:
            yield entry[1]
        finally:
            self._listening.discard(entry)
