"""Times in PowerShell's output, told only where the order of day and month is plain.

They come in the order of the session's culture, which nothing names. A year
in front, dots, or a number over twelve tell the order; without one of these
the time stays unknown.
"""

import re
from datetime import datetime
from typing import Final

_PARTS: Final = re.compile(
    r"(\d{1,4})([./-]) ?(\d{1,2})\2 ?(\d{1,4})\.?"
    r"(?:[ ,]{1,2}(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s?([AaPp])\.?[Mm]\.?)?)?"
)
_YEARS: Final = range(1990, 2200)  # outside of these it is another calendar, or a time that was never set


def told(text: str) -> str:
    """Return the time as ISO 8601 (without a zone where the text has none), or "" where it can't be told."""
    text = text.strip()
    if not text.isascii():
        return ""
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return _of_culture(text)
    return text


def _of_culture(text: str) -> str:
    found = _PARTS.fullmatch(text)
    if found is None:
        return ""
    date = _date(found[1], found[3], found[4], dotted=found[2] == ".")
    hour = _hour(found[5], found[8])
    if date is None or hour is None:
        return ""
    try:
        return datetime(*date, hour, int(found[6] or 0), int(found[7] or 0)).isoformat()  # noqa: DTZ001 - it has none
    except ValueError:
        return ""


def _date(first: str, second: str, third: str, *, dotted: bool) -> tuple[int, int, int] | None:
    one, two, three = int(first), int(second), int(third)
    if one in _YEARS:
        return (one, two, three)
    if three not in _YEARS:
        return None
    if dotted or one > 12 or one == two:
        return (three, two, one)
    return (three, one, two) if two > 12 else None


def _hour(digits: str | None, half: str | None) -> int | None:
    """Return the hour; None for one of a twelve-hour clock that names its half in another way."""
    if digits is None:
        return 0
    hour = int(digits)
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half in "Pp" else 0)
