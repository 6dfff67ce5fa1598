"""Records of the Application log, where the collector runs on Windows."""

import asyncio
import contextlib
import sys
from collections.abc import Mapping
from typing import Any, Final

from farmsight_collector.alerts.channel_settings import EventLog
from farmsight_collector.alerts.channels.channel import SendError
from farmsight_collector.alerts.words import whole_text

LONGEST: Final = 30_000  # characters; a record holds 31,839 (ReportEventW)
# Windows' own tool for records of scripts: its messages 1 to 1000 are the text that is handed in.
_MESSAGES: Final = r"%SystemRoot%\System32\EventCreate.exe"
# One number a kind of event, for those who filter by it.
EVENTS: Final[Mapping[str, int]] = {
    "opened": 101,
    "worsened": 102,
    "closed": 103,
    "flapping": 104,
    "settled": 105,
    "reminder": 106,
    "agent-silent": 107,
    "agent-back": 108,
    "digest": 109,
    "maintenance-ended": 110,
    "test": 199,
}
_ERRORS: Final = ("critical", "error")


class EventLogSender:
    """Writes each message as one record."""

    def __init__(self, settings: EventLog) -> None:
        """Write as this source."""
        self._source = settings.source

    async def send(self, told: Mapping[str, Any]) -> str:
        """Write a message; returns what was done. Raises SendError."""
        if sys.platform != "win32":
            raise SendError("this collector does not run on Windows: there is no event log here", final=True)
        return await asyncio.to_thread(write, self._source, told)


def kind_of(told: Mapping[str, Any]) -> str:
    """Return how the record is marked: error, warning or information."""
    if not any(one["state"] == "open" for one in told["alerts"]):
        return "information"
    severity = str(told["severity"])
    return "error" if severity in _ERRORS else "warning" if severity == "warning" else "information"


def write(source: str, told: Mapping[str, Any]) -> str:
    """Write one record by the Windows API; raises SendError."""
    import pywintypes  # noqa: PLC0415 - on Windows only
    import win32con  # noqa: PLC0415
    import win32evtlog  # noqa: PLC0415
    import win32evtlogutil  # noqa: PLC0415

    kinds = {
        "error": win32con.EVENTLOG_ERROR_TYPE,
        "warning": win32con.EVENTLOG_WARNING_TYPE,
        "information": win32con.EVENTLOG_INFORMATION_TYPE,
    }
    number = EVENTS.get(str(told["event"]), EVENTS["test"])
    text = f"{told['summary']}\n\n{whole_text(told)}"[:LONGEST]
    # Registered by whoever installed it; without the right to it the record is written all the same.
    with contextlib.suppress(pywintypes.error):
        win32evtlogutil.AddSourceToRegistry(source, msgDLL=_MESSAGES, eventLogType="Application")
    try:
        handle = win32evtlog.RegisterEventSource(None, source)
        try:
            win32evtlog.ReportEvent(handle, kinds[kind_of(told)], 0, number, None, [text], None)
        finally:
            win32evtlog.DeregisterEventSource(handle)
    except pywintypes.error as error:
        raise SendError(f"the event log did not take it: {error.strerror}") from error
    return f"event {number} of {source} written"
