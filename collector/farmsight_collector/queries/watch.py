"""Findings as they open, change and close."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Final

from farmsight_collector.clock import Clock
from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.errors import IdentityError
from farmsight_collector.queries import messages
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import FindingRow, findings_as_of
from farmsight_wire.v1 import query_pb2

LOOK_EVERY_S: Final = 10.0  # whether the caller may still listen
_EVENTS: Final = {
    "opened": query_pb2.WATCH_EVENT_OPENED,
    "changed": query_pb2.WATCH_EVENT_CHANGED,
    "closed": query_pb2.WATCH_EVENT_CLOSED,
}


async def events(
    watcher: Watcher, store: Store, farm: str, clock: Clock, request: query_pb2.WatchRequest
) -> AsyncIterator[query_pb2.WatchResponse]:
    """Yield what is open (when asked for), then every change, until the watcher ends the subscription.

    The subscription begins before the snapshot is read, so no change falls
    between the two; one that is in both is told twice.
    """
    with watcher.subscribe(farm) as subscription:
        if request.snapshot_first:
            now = clock.now()
            for row in await asyncio.to_thread(_open, store, farm, now):
                yield _event(query_pb2.WATCH_EVENT_OPENED, farm, row.since, row)
            yield query_pb2.WatchResponse(event=query_pb2.WATCH_EVENT_SYNCED, farm=farm, at=messages.stamp(now))
        async for told in subscription:
            yield _event(_EVENTS[told.change.kind], told.farm, told.at, told.change.finding)


async def allowed(
    found: AsyncIterator[query_pb2.WatchResponse], still: Callable[[], Awaitable[bool]]
) -> AsyncIterator[query_pb2.WatchResponse | None]:
    """Yield what is found, and None where nothing came for a while.

    Raises IdentityError once `still` says that the caller may no longer listen.
    """
    loop = asyncio.get_running_loop()
    look, coming = loop.time() + LOOK_EVERY_S, asyncio.ensure_future(anext(found, None))
    try:
        while True:
            await asyncio.wait({coming}, timeout=max(0.0, look - loop.time()))
            if loop.time() >= look:
                if not await still():
                    raise IdentityError("this token, or this session, lets nobody in any more")
                look = loop.time() + LOOK_EVERY_S
                yield None
            if coming.done():
                event = coming.result()
                if event is None:
                    return
                yield event
                coming = asyncio.ensure_future(anext(found, None))
    finally:
        coming.cancel()


def _open(store: Store, farm: str, at: datetime) -> list[FindingRow]:
    with store.read() as connection:
        return findings_as_of(connection, farm, at)


def _event(kind: query_pb2.WatchEvent.ValueType, farm: str, at: datetime, row: FindingRow) -> query_pb2.WatchResponse:
    return query_pb2.WatchResponse(event=kind, farm=farm, at=messages.stamp(at), finding=messages.stored_finding(row))
