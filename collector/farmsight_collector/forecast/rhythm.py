"""When the next CRL of a CA is to be expected, and whether that is before the last one ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from farmsight_collector.forecast.expected import Expected, minute
from farmsight_collector.forecast.slopes import trend

FEWEST: Final = 4  # CRLs: three times from one to the next
TRENDED: Final = 8  # from so many on a trend is looked for
RECENT: Final = 60  # CRLs that are looked at, the newest
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Published:
    """One CRL as its CA made it."""

    made: datetime
    ends: datetime | None
    watched: bool = True  # the URL was looked at all the time since the one before: none was missed


def next_one(key: str, crls: Sequence[Published], now: datetime) -> Expected:
    """Return whether the next CRL will come before the newest one ends, by when the CA made those before it."""
    made = sorted(crls, key=lambda one: one.made)[-RECENT:]
    about = Expected(of="publication", key=key, state="none", says="", unit="h", points=len(made))
    if not made:
        return _no(about, "no CRL with exact dates was seen")
    newest = made[-1]
    if newest.ends is None:
        return replace(about, state="not-expected", says="the newest CRL never ends")
    if newest.ends <= now:
        return replace(about, state="now", says=f"ended {minute(newest.ends)}; no newer one was seen", at=newest.ends)
    if len(made) < FEWEST:
        return _no(about, f"{len(made)} CRLs are fewer than {FEWEST}")
    return _judged(about, made, newest, newest.ends, now)


def _judged(about: Expected, made: Sequence[Published], newest: Published, ends: datetime, now: datetime) -> Expected:
    waits = [(after.made - before.made) / _HOUR for before, after in pairwise(made) if after.watched]
    if len(waits) < FEWEST - 1:
        return _no(about, f"of {len(made)} CRLs {len(waits)} were watched for from the one before on")
    wait, least, most, per = _wait(waits)
    if max(waits) > 3 * median(waits) and len(waits) < TRENDED:
        return _no(about, "the times from one CRL to the next differ too much for a rhythm")
    comes = newest.made + wait * _HOUR
    latest = newest.made + most * _HOUR
    why = (
        f"the CA made {len(made)} CRLs from {minute(made[0].made)}, {median(waits):.3g} h apart (median), "
        f"the last {waits[-1]:.3g} h" + (f", each {per:+.2g} h later than the one before" if per else "")
    )
    about = replace(
        about, value=waits[-1], per_day=per, least_per_day=least, most_per_day=most, at=comes,
        earliest=newest.made + least * _HOUR, latest=latest, why=why,
        limit=(ends - newest.made) / _HOUR, limit_used=f"next update {minute(ends)}",
    )  # fmt: skip
    late = f"; it is late already, by {(now - comes) / _HOUR:.1f} h" if comes < now else ""
    if comes > ends:
        says = f"the next CRL is to be expected {minute(comes)}, after this one ends {minute(ends)}"
        return replace(about, state="expected", says=says, at=ends)
    if latest > ends:
        by = f"by {minute(comes)}, and may come as late as {minute(latest)}"
        says = f"the next CRL is to be expected {by}; this one ends {minute(ends)}"
        return replace(about, state="expected", says=says + late, at=ends)
    if per > 0:
        left = (ends - comes) / _HOUR
        more = f"at this rate one comes too late after {left / per:.0f} more"
        says = f"the next CRL is to be expected {minute(comes)}; {more}"
        return replace(about, state="not-expected", says=says + late)
    says = f"the next CRL is to be expected {minute(comes)}, {(ends - comes) / _HOUR:.3g} h before this one ends"
    return replace(about, state="not-expected", says=says + late)


def _wait(waits: Sequence[float]) -> tuple[float, float, float, float]:
    """Return for how long the next CRL is waited for, at least and at most, and how much longer each time."""
    found = trend(list(enumerate(waits))) if len(waits) >= TRENDED else None
    if found is None or not found.rises:
        middle = median(waits)
        off = sorted(abs(one - middle) for one in waits)[int(len(waits) * 0.9)]  # nine of ten came within it
        return middle, middle - off, middle + off, 0.0
    ahead = len(waits) - found.x
    return found.at(len(waits)), found.y + found.least * ahead, found.y + found.most * ahead, found.slope


def _no(about: Expected, why: str) -> Expected:
    return replace(about, state="none", says=f"no forecast, because {why}", why=why)
