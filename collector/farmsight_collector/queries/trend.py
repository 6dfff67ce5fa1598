"""How something went over a span: measured series, and what is worked out from facts and findings, by one question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.queries import messages
from farmsight_collector.queries.history import beginning
from farmsight_collector.queries.trend_lines.line import Line, Wanted
from farmsight_collector.queries.trend_lines.registry import WORKED_OUT
from farmsight_collector.queries.trend_points import (
    Frame,
    Point,
    framed,
    of_events,
    of_samples,
    of_stretches,
    plain,
)
from farmsight_collector.store import measured, sketch
from farmsight_collector.store.measured import SAMPLES
from farmsight_collector.store.samples import DAY_US, HOUR_US
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, CONTEXT_BY_NUMBER, CONTEXT_NAMES, TRENDS

DEFAULT_SPAN = timedelta(hours=24)
DEFAULT_POINTS, MOST_POINTS = 60, 2000
DEFAULT_LINES, MOST_LINES = 200, 2000
LONGEST: Final = timedelta(days=4000)
_MADE_OF: Final = {SAMPLES: "samples", HOUR_US: "hours", DAY_US: "days"}


@dataclass(frozen=True, kw_only=True)
class Trended:
    """One line in points."""

    server: str
    context: str | None
    key: str
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Trend:
    """All lines of one name, in the same points; `made_of` says what they were read from."""

    name: str
    unit: str
    begin: datetime
    end: datetime
    width: timedelta
    made_of: str
    lines: tuple[Trended, ...]
    left_out: int
    error: float  # of quantiles, relative


def trend(
    connection: Connection, name: str, wanted: Wanted, *, points: int = DEFAULT_POINTS, lines: int = DEFAULT_LINES
) -> Trend:
    """Return the lines of a name that are asked for; those without anything in the span are left away."""
    if name not in TRENDS:
        raise InvalidRequestError(f"series: there is no '{name}'; there is {', '.join(TRENDS)}")
    if wanted.begin >= wanted.end:
        raise InvalidRequestError("from: not before the end of the span")
    if wanted.end - wanted.begin > LONGEST:
        raise InvalidRequestError(f"from: more than {LONGEST.days} days before the end of the span")
    told = _worked_out if name in WORKED_OUT else _measured
    return told(connection, name, wanted, max(1, min(points, MOST_POINTS)), max(1, min(lines, MOST_LINES)))


def _measured(connection: Connection, name: str, wanted: Wanted, points: int, lines: int) -> Trend:
    context = CONTEXT_BY_NAME.get(wanted.context) if wanted.context else None
    asked = measured.Asked(
        farm=wanted.farm, name=name, server=wanted.server, context=context, key=wanted.key,
        key_contains=wanted.key_contains,
    )  # fmt: skip
    found = measured.series(connection, asked)
    shown = found[:lines]
    frame = framed(wanted.begin, wanted.end, points, measured.coarsest(shown, micros(wanted.begin)))
    told = measured.measured(connection, shown, frame.begin, frame.end, frame.unit)
    held = [
        Trended(
            server=one.server,
            context=CONTEXT_BY_NUMBER.get(one.context),
            key=one.key,
            points=tuple(of_samples(told[one.id].samples, told[one.id].figures, frame)),
        )
        for one in shown
        if told[one.id].samples or told[one.id].figures
    ]
    error = 0.0 if frame.unit == SAMPLES else sketch.ERROR
    return _trend(name, frame, held, _MADE_OF[frame.unit], len(found) - len(shown), error)


def _worked_out(connection: Connection, name: str, wanted: Wanted, points: int, lines: int) -> Trend:
    kind = WORKED_OUT[name]
    frame = plain(wanted.begin, wanted.end, points)
    found = list(kind.lines(connection, wanted))
    held = [
        Trended(server=one.server, context=one.context, key=one.key, points=tuple(_points(one, frame)))
        for one in found[:lines]
        if one.stretches or one.instants
    ]
    return _trend(name, frame, held, kind.made_of, max(0, len(found) - lines), 0.0)


def _points(line: Line, frame: Frame) -> Iterator[Point]:
    if line.events is not None:
        return of_events(line.events, line.stretches, frame)
    if line.instants:
        return of_samples(line.instants, (), frame)
    return of_stretches(line.stretches, frame)


def _trend(name: str, frame: Frame, lines: Sequence[Trended], made_of: str, left_out: int, error: float) -> Trend:
    return Trend(
        name=name,
        unit=TRENDS[name],
        begin=moment(frame.begin),
        end=moment(frame.until),
        width=timedelta(microseconds=frame.width),
        made_of=made_of,
        lines=tuple(lines),
        left_out=left_out,
        error=error,
    )


def answer(
    connection: Connection, farm: str, at: datetime, request: query_pb2.GetTrendRequest
) -> query_pb2.GetTrendResponse:
    """Return each line of the name as points of equal width; raises InvalidRequestError."""
    wanted = Wanted(
        farm=farm,
        begin=beginning(request, at - DEFAULT_SPAN),
        end=at,
        server=request.server,
        context=CONTEXT_NAMES.get(request.context) or "",
        key=request.key,
        key_contains=request.key_contains,
    )
    told = trend(
        connection,
        request.series,
        wanted,
        points=request.points or DEFAULT_POINTS,
        lines=request.lines or DEFAULT_LINES,
    )
    return message(farm, told)


def message(farm: str, told: Trend) -> query_pb2.GetTrendResponse:
    """Return a trend as a message."""
    response = query_pb2.GetTrendResponse(
        farm=farm,
        series=told.name,
        unit=told.unit,
        to=messages.stamp(told.end),
        width_seconds=told.width.total_seconds(),
        made_of=told.made_of,
        left_out=told.left_out,
        quantile_error=told.error,
    )
    getattr(response, "from").FromDatetime(told.begin)
    for line in told.lines:
        response.lines.add(
            server=line.server, context=CONTEXT_BY_NAME[line.context], key=line.key, points=map(_message, line.points)
        )
    return response


def _message(point: Point) -> query_pb2.TrendPoint:
    return query_pb2.TrendPoint(
        at=messages.stamp(point.at),
        count=point.count,
        minimum=point.minimum,
        mean=point.mean,
        p95=point.p95,
        maximum=point.maximum,
        p50=point.p50,
        p05=point.p05,
        known=point.known,
        without_quantiles=not point.quantiles,
    )
