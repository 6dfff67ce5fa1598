"""What people type for an instant: absolute, or so long ago."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"^-?\s*(\d{1,6})\s*([smhdw])(?:\s+ago)?$", re.IGNORECASE)

HELP = "an instant: 2026-11-23T10:00Z, '2026-11-23 10:00' (this machine's time zone), 90m, 2h, 3d ago"


class InstantError(ValueError):
    """The text is no instant."""


def parse(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """Return the instant that `text` names, aware and in UTC; raises InstantError.

    One that says no time zone is of `zone`, None for this machine's.
    """
    stripped = text.strip()
    if stripped.lower() == "now":
        return now
    ago = _AGO.match(stripped)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])})
        written = datetime.fromisoformat(stripped)
        return (written if written.tzinfo else written.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InstantError(f"'{text}' is no instant; give {HELP}") from None
