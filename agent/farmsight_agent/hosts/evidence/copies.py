"""What people and systems add to the names of copies: dates, numbers, words; and what is left without them."""

import re
from datetime import UTC, datetime
from typing import Final

_DATE: Final = (
    r"(?:(?P<year>20\d\d)(?P<s>[-_.]?)(?P<month>0[1-9]|1[0-2])(?P=s)(?P<day>0[1-9]|[12]\d|3[01])"
    r"|(?P<day2>0[1-9]|[12]\d|3[01])\.(?P<month2>0[1-9]|1[0-2])\.(?P<year2>20\d\d))"
)
_TIME: Final = (
    r"(?:[T _.-]{0,3}(?P<hour>[01]\d|2[0-3])[-_.:h]?(?P<minute>[0-5]\d)(?:[-_.:]?(?P<second>[0-5]\d))?(?P<zone>Z)?)?"
)
_STAMP: Final = re.compile(rf"(?<!\d){_DATE}{_TIME}(?!\d)", re.IGNORECASE)
# Not behind a hyphen, which is part of many a computer's name.
_COPY: Final = re.compile(
    r"[ _.-]*(?:\(\d{1,3}\)|(?<=[ _.])(?:(?:old|new|alt|neu|bak|backup|prev|previous|before|after|again)\d{0,2}"
    r"|copy|kopie|copie|copia|c\u00f3pia|kopia|kopi|\u043a\u043e\u043f\u0438\u044f|\u30b3\u30d4\u30fc"
    r"|\u526f\u672c|\u8907\u88fd))$",
    re.IGNORECASE,
)
_OLDER: Final = re.compile(r"(?<=[ _.])(?:old|alt|bak|backup|prev|previous|before)(\d{0,2})$", re.IGNORECASE)
_NEWER: Final = re.compile(r"(?<=[ _.])(?:new|neu|after|again)(\d{0,2})$", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"[ _.(-](\d{1,3})\)?$")
_NUMBER: Final = re.compile(r"[ _.-]\d{1,2}$")
_EDGES: Final = " _.-"
_COPIES: Final = 4  # of copies of copies


def instant_in(name: str) -> tuple[datetime, bool] | None:
    """Return the last date in a name, and whether it is exact: with its time in UTC; without, it is that day's noon."""
    found = None
    for stamp in _STAMP.finditer(name):
        found = stamp
    if found is None:
        return None
    exact = found["zone"] is not None
    year, month, day = (int(found[part] or found[f"{part}2"]) for part in ("year", "month", "day"))
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    try:
        told = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # the 31st of a shorter month
        return None
    return (told if found["hour"] else told.replace(hour=12)), exact


def plain(stem: str, *, numbers: bool = False) -> str:
    """Return a name without its ending, freed from dates and marks of copies; "" where nothing else is in it.

    `numbers`: also from a number at its end, which may be that of a copy.
    """
    left = _STAMP.sub("", stem).strip(_EDGES)
    for _ in range(_COPIES):
        shorter = _COPY.sub("", left).strip(_EDGES)
        if numbers and shorter == left:
            shorter = _NUMBER.sub("", left).strip(_EDGES)
        if shorter == left or not shorter:
            break
        left = shorter
    return left


def turn(stem: str) -> int:
    """Return which of several copies a name says that it is: the higher, the later; 0 where it says nothing."""
    older, newer, numbered = _OLDER.search(stem), _NEWER.search(stem), _NUMBERED.search(stem)
    if older:
        return -1 - int(older[1] or 0)
    if newer:
        return 1000 + int(newer[1] or 0)
    return int(numbered[1]) if numbered else 0
