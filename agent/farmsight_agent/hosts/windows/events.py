"""Event log records that bear on certificate sign-in, from the log service (wevtapi.dll) as XML."""

import sys
from collections.abc import Iterator
from typing import Any, Final

import pywintypes
import win32evtlog
import winerror

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.system import event_queries, event_troubles, event_xml
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_BATCH: Final = 50
_WAIT_MS: Final = 5000
_SOURCE: Final = "wevtapi"


def publishers() -> Seen[str]:
    """Return whose logs are read."""
    return Seen(values=event_queries.PUBLISHERS, source=_SOURCE)


def records(publisher: str) -> Seen[facts_pb2.EventRecord]:
    """Return the wanted records of one publisher's log, the newest of each query first.

    A record that can't be rendered or understood is left out and counted in
    the source. Raises NotApplicableError where there is no such log, and a
    NotObservedError that says why it can't be read; a log of which nothing
    can be understood is such a one.
    """
    found: list[facts_pb2.EventRecord] = []
    left_out = 0
    for query in event_queries.QUERIES:
        for event in _events(query) if event_queries.publisher(query) == publisher else ():
            try:
                found.append(event_xml.record(win32evtlog.EvtRender(event, win32evtlog.EvtRenderEventXml)))
            except (pywintypes.error, event_xml.EventError):
                left_out += 1
    if left_out and not found:
        raise FailedError("log-not-understood", f"{publisher}: none of {left_out} records", source=_SOURCE)
    return Seen(values=tuple(found), source=f"{_SOURCE}, {left_out} left out" if left_out else _SOURCE)


def _events(query: event_queries.EventQuery) -> Iterator[Any]:
    """Yield the newest records of a query, handles that close when they are let go; raises a NotObservedError."""
    flags = win32evtlog.EvtQueryChannelPath | win32evtlog.EvtQueryReverseDirection
    left = event_queries.MOST
    try:
        results = win32evtlog.EvtQuery(query.log, flags, event_queries.structured(query))
        while left > 0 and (batch := _next(results, min(left, _BATCH))):
            left -= len(batch)
            yield from batch
    except pywintypes.error as error:
        raise event_troubles.trouble(query.log, error.winerror) from error


def _next(results: Any, most: int) -> Any:  # noqa: ANN401 - handles
    try:
        return win32evtlog.EvtNext(results, most, _WAIT_MS)
    except pywintypes.error as error:
        if error.winerror == winerror.ERROR_NO_MORE_ITEMS:
            return ()
        raise
