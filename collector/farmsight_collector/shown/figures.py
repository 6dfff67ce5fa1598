"""Numbers as people read them: durations, sizes, shares. What is not known has no figure."""

import math
from datetime import datetime, timedelta

_UNITS = ("B", "kB", "MB", "GB", "TB")


def duration(milliseconds: float | None) -> str:
    """Return 41.27 as "41 ms", 5200 as "5.2 s"; empty where it is not known."""
    if milliseconds is None or not math.isfinite(milliseconds):
        return ""
    if milliseconds < 1:
        return "< 1 ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"


def durations(milliseconds: list[float]) -> str:
    """Return several as "12-48 ms", one or equal ones as one."""
    if not milliseconds:
        return ""
    least, most = duration(min(milliseconds)), duration(max(milliseconds))
    if least == most:
        return most
    same = least.rpartition(" ")[2] == most.rpartition(" ")[2] and not least.startswith("<")
    return f"{least.rpartition(' ')[0] if same else least}\N{EN DASH}{most}"


def size(octets: int) -> str:
    """Return 1234 as "1.2 kB" (powers of 1000); empty for none."""
    value, unit = float(octets), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    if not octets:
        return ""
    return f"{value:.0f} {_UNITS[unit]}" if value >= 10 or not unit else f"{value:.1f} {_UNITS[unit]}"


def share(part: float | None) -> str:
    """Return 0.99957 as "99.9 %": never more than is true, and never nothing where there was something."""
    if part is None:
        return ""
    if part >= 1:
        return "100 %"
    if 0 < part < 0.001:
        return "< 0.1 %"
    floored = math.floor(part * 1000) / 10
    return f"{floored:.1f} %" if part > 0 else "0 %"


def span(length: timedelta) -> str:
    """Return a length of time in its two largest units: "3 d 4 h", "12 min", "40 s"."""
    seconds = int(abs(length.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def short(at: datetime | None, now: datetime) -> str:
    """Return an instant as it fits into a cell: without the year where it is within half a year of now."""
    if at is None:
        return ""
    near = abs(at - now) < timedelta(days=180)
    return at.strftime("%m-%d %H:%M" if near else "%Y-%m-%d")
