"""Tells browsers when a farm changed: server-sent events, bounded, and gone at once when the collector stops."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

from starlette.responses import StreamingResponse

from farmsight_collector.clock import Clock
from farmsight_collector.correlate.bells import Bells
from farmsight_collector.web.threads import BusyError

HEARTBEAT_S: Final = 10.0  # a page that hears nothing for longer says that it may be old
AT_MOST_EVERY_S: Final = 1.0
AGAIN_MS: Final = 2000  # how long a browser waits before it connects anew


class Live:
    """All pages that are told of changes."""

    def __init__(self, bells: Bells, clock: Clock, most: int) -> None:
        """Tell up to so many pages at once."""
        self._bells = bells
        self._clock = clock
        self._most = most
        self._open = 0
        self._ending = asyncio.Event()

    @property
    def count(self) -> int:
        """Return how many pages are told now."""
        return self._open

    def dismiss(self) -> None:
        """End all streams."""
        self._ending.set()

    def answer(self, farm: str, still_allowed: Callable[[], Awaitable[bool]]) -> StreamingResponse:
        """Return a stream of events for a page of a farm ("" for all); raises BusyError when there are too many."""
        if self._open >= self._most:
            raise BusyError("too many pages are told of changes at once; this one does not renew itself")
        return StreamingResponse(
            self._events(farm, still_allowed),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},  # a proxy shall not keep it back
        )

    async def _events(self, farm: str, still_allowed: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        self._open += 1
        try:
            with self._bells.hear(farm or None) as bell:
                yield f"retry: {AGAIN_MS}\n\n" + self._event("here")
                while not self._ending.is_set():
                    rang = await self._wait(bell)
                    if self._ending.is_set():
                        break
                    if not await still_allowed():
                        yield self._event("signed-out")
                        return
                    yield self._event("changed" if rang else "still")
                    if rang:  # a burst of changes is one
                        await self._pause()
                yield self._event("ends")
        finally:
            self._open -= 1

    async def _wait(self, bell: asyncio.Event) -> bool:
        ringing, ending = asyncio.ensure_future(bell.wait()), asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait({ringing, ending}, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
            ending.cancel()
        rang = bell.is_set()
        bell.clear()
        return rang

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(AT_MOST_EVERY_S):
                await self._ending.wait()

    def _event(self, name: str) -> str:
        return f"event: {name}\ndata: {json.dumps({'at': self._clock.now().isoformat(timespec='milliseconds')})}\n\n"
