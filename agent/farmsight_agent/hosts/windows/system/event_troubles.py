"""Why an event log can't be read, from the log service's error number, and what that means for the answer.

Source: "Windows Event Log Error Constants", learn.microsoft.com/windows/win32/wes, and the system error codes.
"""

from typing import Final

from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    TimedOutError,
    UnavailableError,
)

_CHANNEL_NOT_FOUND: Final = 15007  # ERROR_EVT_CHANNEL_NOT_FOUND: the role that writes it is not installed
_DENIED: Final = frozenset({5, 1314})
_LATE: Final = frozenset({258, 1460})
_DOWN: Final = frozenset({1062, 1115, 1501, 1717, 1722, 1753})  # the log service, or the way to it
_DAMAGED: Final = frozenset({13, 1500, 1503, 15005, 15011})  # ERROR_EVENTLOG_FILE_CORRUPT, changed or stale meanwhile


def trouble(log: str, code: int) -> NotObservedError:
    """Return what to say of a log: not there at all is not applicable, everything else is unknown."""
    detail = f"{log}: error {code}"
    if code == _CHANNEL_NOT_FOUND:
        return NotApplicableError("no-such-log", log, source="wevtapi")
    if code in _DENIED:
        return DeniedError("log-not-readable", detail, source="wevtapi")
    if code in _LATE:
        return TimedOutError("log-too-slow", detail, source="wevtapi")
    if code in _DOWN:
        return UnavailableError("log-service-down", detail, source="wevtapi")
    return FailedError("log-damaged" if code in _DAMAGED else "log-failed", detail, source="wevtapi")
