"""What people type for an instant: absolute, or so long ago."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"^-?\s*(\d{1,6})\s*([smhdw])(?:\s+ago)?$", re.IGNORECASE)

HELP = "an instant: 2026-11-23T10:00Z, '2026-11-23 10:00' (this machine's time zone), 90m, 2h, 3d ago"


class InstantError(ValueError):
    """The text is no instant."""


def parse(text: str, now: datetime) -> datetime:
    """Return the instant that `text` names, aware and in UTC; raises InstantError."""
    stripped = text.strip()
    if stripped.lower() == "now":
        return now
    ago = _AGO.match(stripped)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])})
        return datetime.fromisoformat(stripped).astimezone(UTC)  # a naive one is this machine's local time
    except (ValueError, OverflowError):
        raise InstantError(f"'{text}' is no instant; give {HELP}") from None
