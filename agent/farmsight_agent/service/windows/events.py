"""The agent's records in the Windows event log: start, stop, and trouble, each seldom enough to be read."""

import contextlib
import logging
import sys
from typing import Final

import pywintypes
import win32con
import win32evtlog
import win32evtlogutil

from farmsight_agent.clock import SystemClock
from farmsight_agent.service.windows.about import EVENT_MESSAGES, EVENT_TYPES, NAME

assert sys.platform == "win32"

STARTED: Final = 1
STOPPED: Final = 2
TROUBLE: Final = 3
_LONGEST: Final = 30_000  # characters; a record holds 31,839 (ReportEventW)
_SAME_AGAIN_AFTER_S: Final = 3600.0


def register() -> None:
    """Make the agent known as a source of the Application log. Raises OSError."""
    try:
        win32evtlogutil.AddSourceToRegistry(
            NAME, msgDLL=EVENT_MESSAGES, eventLogType="Application", eventLogFlags=EVENT_TYPES
        )
    except pywintypes.error as error:
        raise OSError(error.winerror, f"the event source can't be registered: {error.strerror}") from error


def unregister() -> None:
    """Take the source away again, if it is there."""
    with contextlib.suppress(pywintypes.error):
        win32evtlogutil.RemoveSourceFromRegistry(NAME, eventLogType="Application")


def tell(event: int, text: str) -> None:
    """Write one record. A log that is full or gone must not stop the agent: then nothing is written."""
    kind = win32con.EVENTLOG_WARNING_TYPE if event == TROUBLE else win32con.EVENTLOG_INFORMATION_TYPE
    with contextlib.suppress(pywintypes.error, OSError):
        handle = win32evtlog.RegisterEventSource(None, NAME)
        try:
            win32evtlog.ReportEvent(handle, kind, 0, event, None, [text[:_LONGEST]], None)
        finally:
            win32evtlog.DeregisterEventSource(handle)


class TroubleHandler(logging.Handler):
    """Writes warnings and errors to the event log; the same message once an hour."""

    def __init__(self) -> None:
        """Start with nothing told."""
        super().__init__(logging.WARNING)
        self._clock = SystemClock()
        self._told: dict[tuple[str, str], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record unless its like was written within the hour."""
        like = (record.name, str(record.msg)[:200])
        now = self._clock.monotonic()
        if now - self._told.get(like, -_SAME_AGAIN_AFTER_S) < _SAME_AGAIN_AFTER_S:
            return
        if len(self._told) >= 1000:  # messages that are made up anew each time
            self._told.clear()
        self._told[like] = now
        tell(TROUBLE, self.format(record))
