"""Dates as a Windows console shows them: in the regional format of whoever ran the command.

Nothing in an output says which format that is, so it is told by the output
itself: a number over 12 is no month, a year of four digits in front is
followed by the month, dots part day, month and year in this order, and what
ends does not end before it begins. Where both orders remain possible and
differ, a date is not told.

The times are the server's own, and its zone is not shown. They are given as
if they were UTC: a date read here is up to 14 hours off. Whoever judges by
hours needs a source with exact times (the bytes themselves).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_agent.clock import timestamp

_DATE: Final = re.compile(
    r"(?<![\d.])(\d{1,4})\s{0,2}([./\-\u5e74\ub144])\s{0,2}(\d{1,2})\s{0,2}([./\-\u6708\uc6d4])\s{0,2}(\d{1,4})(?!\d)[.\u65e5\uc77c]?"
)
_TIME: Final = re.compile(r"(?<!\d)(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?![\d.:])")
# What the options -seconds and -gmt put behind a time.
_PRECISE: Final = re.compile(r"(?:\s\d{1,2}\.\d{3}s)?(?:\s(?:GMT|UTC))?$|\s\d{1,2}\.\d{3}s(?=\s)", re.IGNORECASE)
_LONGEST: Final = 60
_LONGEST_REST: Final = 12
# The halves of the day as the regional formats of Windows write them.
_BEFORE_NOON: Final = frozenset(
    {"am", "a.m.", "a. m.", "上午", "午前", "오전", "sa", "πμ", "π.μ.", "ص", "ق.ظ", "पूर्वाह्न"}
)
_AFTER_NOON: Final = frozenset(
    {"pm", "p.m.", "p. m.", "下午", "午後", "오후", "ch", "μμ", "μ.μ.", "م", "ب.ظ", "अपराह्न"}
)
_YEAR_WORDS: Final = frozenset({"", ".", ",", "\u0433.", "\u0433", "\u0440.", "\u0440"})  # Bulgarian, Ukrainian
_ERAS: Final = {"r": 2018, "h": 1988, "s": 1925, "令和": 2018, "平成": 1988, "昭和": 1925}  # year 1 is the next
_BUDDHIST: Final = 543
_LENIENCE: Final = timedelta(days=2)  # the chain engine can be told to go by a CRL for some hours longer
_DAY_FIRST: Final = "dmy"
_MONTH_FIRST: Final = "mdy"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a date looks like: its three numbers, where the year stands (0 or 2; None: not told), and the time."""

    numbers: tuple[int, int, int]
    year_at: int | None
    dotted: bool
    hour: int
    minute: int
    second: int
    mark: str  # what stands beside the numbers: a half of the day, an era, a word
    era: int = 0


@lru_cache(maxsize=4096)  # a listing shows the same few dates again and again, and each is looked at in turn
def shown(text: str) -> Shown | None:
    """Return what a text shows when it is a date and nothing else, with or without a time."""
    if len(text) > _LONGEST:
        return None
    text = _PRECISE.sub("", text)
    date = _DATE.search(text)
    if date is None:
        return None
    before, after = text[: date.start()], text[date.end() :]
    time = _TIME.search(after) or _TIME.search(before)
    if time is not None:
        host = after if time.string is after else before
        rest = host[: time.start()] + " " + host[time.end() :] + " " + (before if host is after else after)
    else:
        rest = f"{before} {after}"
    mark = " ".join(rest.split()).lower()
    if re.search(r"\d", mark) or len(mark) > _LONGEST_REST or any(one in mark for one in '=:"\\/@'):
        return None
    hour, minute, second = (int(one or 0) for one in time.groups()) if time else (0, 0, 0)
    return _shown(date, mark, hour, minute, second)


def _shown(date: re.Match[str], mark: str, hour: int, minute: int, second: int) -> Shown | None:
    first, last = date[1], date[5]
    era = _ERAS.get(mark, 0)
    year_at: int | None
    if era and len(first) <= 2:
        year_at, mark = 0, ""
    elif len(first) == 4 or date[2] in "\u5e74\ub144":
        year_at = 0 if len(first) == 4 and len(last) <= 2 else None
    else:
        year_at = 2 if len(last) == 4 and len(first) <= 2 else None
    if hour > 23 or minute > 59 or second > 59 or (len(first) > 2 and len(last) > 2):
        return None
    return Shown(
        numbers=(int(first), int(date[3]), int(last)),
        year_at=year_at,
        dotted=date[2] == date[4] == ".",
        hour=hour,
        minute=minute,
        second=second,
        mark=mark,
        era=era if year_at == 0 else 0,
    )


class Calendar:
    """How the dates of one output are to be read."""

    def __init__(
        self,
        dates: Iterable[str],
        spans: Iterable[tuple[str, str]] = (),
        at_once: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Take all dates of an output, pairs that begin before they end, and spans that have a moment in common."""
        begins_and_ends, common = list(spans), list(at_once)
        texts = [*dates, *(one for span in (*begins_and_ends, *common) for one in span)]
        seen = [one for one in map(shown, texts) if one is not None]
        years = [one.numbers[one.year_at] + one.era for one in seen if one.year_at is not None]
        self._shift = _BUDDHIST if years and all(2400 <= one < 2700 for one in years) else 0
        # What stands beside an hour after noon in numbers is no half of the day.
        words = {one.mark for one in seen if one.hour > 12 or one.hour == 0}
        self._plain = _YEAR_WORDS | (words - _BEFORE_NOON - _AFTER_NOON)
        self._orders = self._possible(seen, begins_and_ends, common)

    def _possible(
        self, seen: list[Shown], spans: list[tuple[str, str]], common: list[tuple[str, str]]
    ) -> tuple[str, ...]:
        last = [one for one in seen if one.year_at == 2]
        orders = [_DAY_FIRST] if any(one.dotted for one in last) else [_DAY_FIRST, _MONTH_FIRST]
        orders = [order for order in orders if all(self._date(one, order) for one in last)]
        if len(orders) > 1:
            told = [
                order
                for order in orders
                if all(self._in_turn(*span, order) for span in spans) and self._meet(common, order)
            ]
            orders = told or orders
        return tuple(orders)

    def _in_turn(self, begin: str, end: str, order: str) -> bool:
        first, last = self._read(begin, order), self._read(end, order)
        return first is None or last is None or first.date() <= last.date()

    def _meet(self, common: list[tuple[str, str]], order: str) -> bool:
        begins = [one for one in (self._read(begin, order) for begin, _ in common) if one is not None]
        ends = [one for one in (self._read(end, order) for _, end in common) if one is not None]
        return not begins or not ends or max(begins) <= min(ends) + _LENIENCE

    def _read(self, text: str, order: str) -> datetime | None:
        one = shown(text)
        return None if one is None else self._date(one, order)

    def utc(self, text: str) -> datetime | None:
        """Return the date, its time as if it were UTC; None where it cannot be told."""
        one = shown(text)
        if one is None or one.year_at is None or self._hour(one) is None:
            return None
        if one.year_at == 0:
            return self._date(one, "ymd")
        told = {self._date(one, order) for order in self._orders}
        return told.pop() if len(told) == 1 else None

    def stamp(self, text: str) -> Timestamp | None:
        """Return the same as a timestamp."""
        told = self.utc(text)
        return None if told is None else timestamp(told)

    def _hour(self, one: Shown) -> int | None:
        if one.mark in self._plain:
            return one.hour
        if one.mark in _BEFORE_NOON:
            return one.hour % 12
        return one.hour % 12 + 12 if one.mark in _AFTER_NOON else None

    def _date(self, one: Shown, order: str) -> datetime | None:
        numbers = dict(zip(order if one.year_at == 2 else "ymd", one.numbers, strict=True))
        year = numbers["y"] + one.era - self._shift
        if not 1900 <= year <= 9999 or (2400 < year < 9999):
            return None
        try:
            hour = self._hour(one)
            return datetime(year, numbers["m"], numbers["d"], hour or 0, one.minute, one.second, tzinfo=UTC)
        except ValueError:
            return None
