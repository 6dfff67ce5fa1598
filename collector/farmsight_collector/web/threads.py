"""A few threads for pages, so that many browsers never take the collector's own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from farmsight_collector.errors import CollectorError

AT_ONCE: Final = 6
WAITING: Final = 200  # more than that, and the last one is told that the collector is busy
T = TypeVar("T")


class BusyError(CollectorError):
    """Too many pages are being made at once."""


class Threads:
    """Runs what reads the store or makes pages; used on the event loop."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        """Begin with nothing to do."""
        self._executor = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="web")
        self._room = at_once + waiting

    async def run(self, call: Callable[[], T]) -> T:
        """Return what a call returns; raises what it raises, and BusyError when too many wait already."""
        if self._room <= 0:
            raise BusyError("too many pages are asked for at once; try again in a moment")
        self._room -= 1
        # Counted until the work is done, not until somebody stopped waiting for it.
        work = asyncio.get_running_loop().run_in_executor(self._executor, call)
        work.add_done_callback(self._done)
        return await asyncio.shield(work)

    def _done(self, work: "asyncio.Future[T]") -> None:
        self._room += 1
        if not work.cancelled():
            work.exception()  # whoever waited has it, or nobody waits any more

    def stop(self) -> None:
        """Take no more; what runs is left to end."""
        self._executor.shutdown(wait=False, cancel_futures=True)
