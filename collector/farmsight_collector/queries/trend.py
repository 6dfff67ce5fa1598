"""How a measurement went: points over a span. A gap is a point without samples, not a zero."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.queries import messages
from farmsight_collector.queries.history import beginning
from farmsight_collector.store.trends import spans
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, CONTEXT_BY_NUMBER, SERIES

DEFAULT_SPAN = timedelta(hours=24)
DEFAULT_POINTS, MOST_POINTS = 60, 2000


def answer(
    connection: Connection, farm: str, at: datetime, request: query_pb2.GetTrendRequest
) -> query_pb2.GetTrendResponse:
    """Return each series of the name as points of equal width."""
    if request.series not in SERIES:
        raise InvalidRequestError(f"series: there is no '{request.series}'; there is {', '.join(SERIES)}")
    begin = beginning(request, at - DEFAULT_SPAN)
    if begin >= at:
        raise InvalidRequestError("from: not before the end of the span")
    count = min(request.points or DEFAULT_POINTS, MOST_POINTS)
    response = query_pb2.GetTrendResponse(farm=farm, series=request.series, unit=SERIES[request.series])
    for line in spans(
        connection,
        farm,
        request.series,
        begin=begin,
        end=at,
        server=request.server,
        key_contains=request.key_contains,
    ):
        response.lines.add(
            server=line.server,
            context=CONTEXT_BY_NAME[CONTEXT_BY_NUMBER.get(line.context)],
            key=line.key,
            points=points(line.samples, micros(begin), micros(at), count),
        )
    return response


def points(samples: Sequence[tuple[int, float]], begin: int, end: int, count: int) -> Iterator[query_pb2.TrendPoint]:
    """Yield `count` points of equal width over [begin, end], each with the quantiles of its samples."""
    width = (end - begin) / count
    buckets: list[list[float]] = [[] for _ in range(count)]
    for at, value in samples:
        buckets[min(int((at - begin) / width), count - 1)].append(value)
    for index, values in enumerate(buckets):
        point = query_pb2.TrendPoint(at=messages.stamp(moment(int(begin + index * width))), count=len(values))
        if values:
            values.sort()
            point.minimum, point.maximum = values[0], values[-1]
            point.mean = sum(values) / len(values)
            point.p95 = values[min(int(len(values) * 0.95), len(values) - 1)]
        yield point
