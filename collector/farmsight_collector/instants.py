"""What people type for an instant: absolute, so long ago, or a day's name with or without a time.

One reader for the command line, the API and the web. `before-first-failure`
is a word that only a collector can resolve: `is_word` tells it apart.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"^-?\s*(\d{1,6})\s*([smhdw])(?:\s+ago)?$", re.IGNORECASE)

_DAY = re.compile(
    r"^(today|yesterday|(?:last )?(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"(?:[ T](?:at )?(\d{1,2}:\d{2}(?::\d{2})?))?$",
    re.IGNORECASE,
)
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WORDS = ("before-first-failure",)

HELP = (
    "an instant: 2026-11-23T10:00Z, '2026-11-23 10:00' (this machine's time zone), 90m, -2h, 3d ago, "
    "'yesterday 14:00', 'monday 08:00'"
)


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
        named = _DAY.match(stripped)
        if named:
            return _on_day(named[1].lower(), named[2] or "00:00", now, zone).astimezone(UTC)
        written = datetime.fromisoformat(stripped)
        return (written if written.tzinfo else written.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InstantError(f"'{text}' is no instant; give {HELP}") from None


def is_word(text: str) -> bool:
    """Tell whether a text stands for an instant that only a collector knows."""
    return text.strip().lower().replace(" ", "-") in WORDS


def _on_day(name: str, time: str, now: datetime, zone: tzinfo | None) -> datetime:
    """Return a time of a day in a time zone: of a weekday the last one that has begun, today included."""
    here = now.astimezone(zone)
    word = name.removeprefix("last ")
    back = {"today": 0, "yesterday": 1}.get(word)
    if back is None:
        back = (here.weekday() - _WEEK.index(word)) % 7
        back = 7 if not back and name.startswith("last ") else back
    hours, minutes, seconds = map(int, [*time.split(":"), "0"][:3])
    day = (here - timedelta(days=back)).date()
    return datetime(day.year, day.month, day.day, hours, minutes, seconds, tzinfo=zone)
