"""How things went and where they are going: small charts with quantile bands, limits as lines, forecasts dashed.

A chart is one line of the question `trend`; those of one URL share a scale, so
that servers and accounts can be compared by eye. Each chart's figures stand in
a table beside it. A gap is a gap.
"""

import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.engine import Engine

from farmsight_collector.forecast.caches import lets_go
from farmsight_collector.forecast.expected import Expected
from farmsight_collector.model.cache import Recent
from farmsight_collector.queries.forecast import OF, forecasts
from farmsight_collector.queries.forecast import Asked as AskedForecast
from farmsight_collector.queries.trend import Trend, Trended, trend
from farmsight_collector.queries.trend_lines.line import Wanted
from farmsight_collector.shown.trend_words import KINDS, Kind, figure
from farmsight_collector.web.page import Asked, Page, Part
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME

SPANS: Final = {"1d": 1, "7d": 7, "30d": 30, "90d": 90, "400d": 400}
POINTS: Final = 72
CHARTS: Final = 96  # of one page; the rest is told, and found by the filters
LARGE: Final = 3  # up to so many charts are large, and have all their figures as a table
GOOD_FOR: Final = timedelta(hours=1)  # what takes long to work out and changes by the day
_SLOW: Final = frozenset(OF) - {"cache"}
_AHEAD: Final = 0.3  # of the span: how far a forecast is drawn
_kept: "weakref.WeakKeyDictionary[Engine, Recent[tuple[Any, ...], Trend]]" = weakref.WeakKeyDictionary()

_expectations: "weakref.WeakKeyDictionary[Engine, Recent[tuple[str, str, str], tuple[datetime, tuple[Expected, ...]]]]"
_expectations = weakref.WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart: its line, the row of figures over the whole span, and what is expected of it."""

    number: int
    line: Trended
    row: Mapping[str, str]
    expected: Expected | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """The charts of one key, which share a scale."""

    key: str
    charts: tuple[Chart, ...]
    least: float
    most: float
    limits: Sequence[tuple[float, str]]  # those that are near enough to lie on the scale


def values(asked: Asked) -> Mapping[str, object]:
    """Return the charts that are asked for."""
    given = asked.parameters
    name = given.one_of("what", tuple(KINDS), next(iter(KINDS)))
    span = given.one_of("span", tuple(SPANS), "7d")
    context = given.one_of("context", ("", *filter(None, CONTEXT_BY_NAME)), "")
    # A page that renews itself asks for the same minute again and again.
    at = asked.at.replace(second=0, microsecond=0) if asked.live else asked.at
    wanted = Wanted(
        farm=asked.farm,
        begin=at - timedelta(days=SPANS[span]),
        end=at,
        server=given.text("server"),
        context=context,
        key=given.text("key"),
        key_contains=given.text("find"),
    )
    told, kind = _trend(asked, name, wanted), KINDS[name]
    groups = _groups(told, kind, _expected(asked, wanted, kind))
    shown = sum(len(one.charts) for one in groups)
    return {
        "kind": kind,
        "kinds": KINDS,
        "what": name,
        "span": span,
        "spans": SPANS,
        "chosen": wanted,
        "contexts": [one for one in CONTEXT_BY_NAME if one],
        "told": told,
        "groups": groups,
        "large": shown <= LARGE,
        "left_out": told.left_out,
        "beyond": {text: all(limit not in one.limits for one in groups) for limit in kind.limits for text in limit[1:]},
        "expected": _expected_so_far(asked),
        "data": _data(told, kind, groups, wanted),
        "figure": lambda value: figure(value, kind.unit),
    }


def expected(asked: Asked) -> Mapping[str, object]:
    """Return what is expected of the farm's CRLs: what is so or will be, and of what nothing can be said."""
    key = _of_expected(asked)
    server, find = key[1:]
    question = AskedForecast(farm=asked.farm, at=asked.at, server=server, key_contains=find, of=_SLOW)
    found = forecasts(asked.connection, question)
    if asked.live:
        _expectations.setdefault(asked.connection.engine, Recent(200)).put(key, (asked.at, found), 1)
    return {"expected": _sorted(asked, found, server, find)}


def _expected_so_far(asked: Asked) -> Mapping[str, object] | None:
    """Return the same from what was worked out within the last hour; None where nothing was."""
    key = _of_expected(asked)
    known = _expectations.setdefault(asked.connection.engine, Recent(200)).get(key) if asked.live else None
    if known is None or not timedelta(0) <= asked.at - known[0] < GOOD_FOR:
        return None
    return _sorted(asked, known[1], *key[1:])


def _of_expected(asked: Asked) -> tuple[str, str, str]:
    given = asked.parameters
    return asked.farm, given.text("server"), given.text("key") or given.text("find")


def _sorted(asked: Asked, slow: Sequence[Expected], server: str, find: str) -> Mapping[str, object]:
    """Return expectations by what becomes of them; caches are looked at each time, as they let go within hours."""
    caches = [
        one
        for one in lets_go(asked.evaluated().farm)
        if server.lower() in ("", one.server.lower()) and find.lower() in one.key.lower()
    ]
    found = sorted([*slow, *caches], key=lambda one: one.order)
    return {
        "coming": [one for one in found if one.state in ("now", "expected")],
        "quiet": [one for one in found if one.state == "not-expected"],
        "untold": [one for one in found if one.state == "none"],
    }


def _trend(asked: Asked, name: str, wanted: Wanted) -> Trend:
    kept = _kept.setdefault(asked.connection.engine, Recent(200))
    known = kept.get((name, wanted))
    if known is None:
        known = trend(asked.connection, name, wanted, points=POINTS, lines=CHARTS)
        if asked.live:
            kept.put((name, wanted), known, 1)
    return known


def _expected(asked: Asked, wanted: Wanted, kind: Kind) -> Mapping[tuple[str, str, str], Expected]:
    """Return forecasts by server, account and key; empty names stand for all of them."""
    if not kind.forecast:
        return {}
    question = AskedForecast(
        farm=wanted.farm, at=wanted.end, server=wanted.server, key_contains=wanted.key or wanted.key_contains,
        of=frozenset({kind.forecast}),
    )  # fmt: skip
    found = forecasts(asked.connection, question)
    return {(one.server, one.context or "", one.key): one for one in found}


def _groups(told: Trend, kind: Kind, forecast: Mapping[tuple[str, str, str], Expected]) -> tuple[Group, ...]:
    by_key: dict[str, list[Trended]] = {}
    for line in told.lines:
        by_key.setdefault("" if kind.by_server else line.key, []).append(line)
    groups, number = [], 0
    for key, lines in sorted(by_key.items()):
        charts = []
        for line in lines:
            coming = forecast.get((line.server, line.context or "", line.key)) or forecast.get(("", "", line.key))
            charts.append(Chart(number=number, line=line, row=_row(line, kind), expected=coming))
            number += 1
        groups.append(_group(key, tuple(charts), kind))
    return tuple(groups)


def _group(key: str, charts: tuple[Chart, ...], kind: Kind) -> Group:
    seen = [point for chart in charts for point in chart.line.points if point.count]
    most = max((point.maximum for point in seen), default=1.0)
    least = min((point.minimum for point in seen), default=0.0)
    near = [limit for limit in kind.limits if limit[0] <= 3 * most and limit[0] >= 3 * min(least, 0.0)]
    low = min([least, *(value for value, _ in near)], default=0.0)
    high = max([most, *(value for value, _ in near)], default=1.0)
    low = min(0.0, low) if kind.from_zero else low
    if kind.unit == "share":
        low, high = 0.0, 1.0
    elif high <= low:
        low, high = low - 1, high + 1
    return Group(key=key, charts=charts, least=low, most=high, limits=near)


def _row(line: Trended, kind: Kind) -> Mapping[str, str]:
    """Return the figures of a whole line: exact ends, and the middle and worst of its points."""
    seen = [point for point in line.points if point.count]
    told = sorted(point.p50 for point in seen if point.quantiles)
    known = sum(point.known for point in line.points) / max(len(line.points), 1)
    last = next((point for point in reversed(line.points) if point.count), None)

    def said(value: float | None) -> str:
        return "" if value is None else figure(value, kind.unit)

    return {
        "least": said(min((point.minimum for point in seen), default=None)),
        "p50": said(told[len(told) // 2] if told else None),
        "p95": said(max((point.p95 for point in seen), default=None)),
        "most": said(max((point.maximum for point in seen), default=None)),
        "last": said(last.mean if last else None),
        "known": f"{known:.0%}",
    }


def _data(told: Trend, kind: Kind, groups: Iterable[Group], wanted: Wanted) -> Mapping[str, object]:
    """Return what the script draws."""
    times = [point.at.timestamp() for point in told.lines[0].points] if told.lines else []
    half, ahead = told.width.total_seconds() / 2, (wanted.end - wanted.begin) * _AHEAD
    charts: dict[str, Mapping[str, object]] = {}
    foreseen = False
    for group in groups:
        coming = {chart.number: _forecast(chart.expected, wanted.end, ahead) for chart in group.charts}
        foreseen = foreseen or any(coming.values())
        highest = max((one["high"][1] for one in coming.values() if one), default=0.0)
        for chart in group.charts:
            charts[str(chart.number)] = {
                "least": group.least,
                "most": max(group.most, min(highest, 3 * group.most)),
                "limits": group.limits,
                "forecast": coming[chart.number],
                **_lines(chart.line),
            }
    end = wanted.end + ahead if foreseen else wanted.end
    return {
        "unit": kind.unit,
        "begin": told.begin.timestamp(),
        "end": end.timestamp(),
        "times": [round(at + half) for at in times],
        "charts": charts,
    }


def _lines(line: Trended) -> Mapping[str, object]:
    def of(name: str) -> list[float | None]:
        told = [point.count and (point.quantiles or name == "maximum") for point in line.points]
        return [_short(getattr(p, name)) if here else None for p, here in zip(line.points, told, strict=True)]

    return {
        "p05": of("p05"),
        "p50": [_short(p.p50 if p.quantiles else p.mean) if p.count else None for p in line.points],
        "p95": of("p95"),
        "highest": of("maximum"),
        "known": [round(point.known, 3) for point in line.points],
    }


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _forecast(one: Expected | None, now: datetime, ahead: timedelta) -> Mapping[str, Sequence[float]] | None:
    """Return the trend from now on, with its spread; none where nothing rises beyond doubt."""
    if one is None or one.state != "expected" or one.at is None or not one.per_day:
        return None
    days, value = ahead / timedelta(days=1), one.limit - one.per_day * ((one.at - now) / timedelta(days=1))
    return {
        "times": [now.timestamp(), (now + ahead).timestamp()],
        "middle": [_short(value), _short(value + one.per_day * days)],
        "low": [_short(value), _short(value + one.least_per_day * days)],
        "high": [_short(value), _short(value + one.most_per_day * days)],
    }


PAGE = Page(
    name="trends",
    title="Trends",
    path="/farms/{farm}/trends",
    template="trends.html.j2",
    values=values,
    key="e",
)
EXPECTED = Part(
    name="expected",
    path="/farms/{farm}/expected",
    template="expected.html.j2",
    values=expected,
)
