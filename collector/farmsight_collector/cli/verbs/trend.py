"""`farmsight trend`: how something went."""

import argparse
from typing import Any

from farmsight_collector.cli.findings_output import instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_collector.clock import timestamp
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, CONTEXT_NAMES, TRENDS, WORKED_OUT

_BARS = "▁▂▃▄▅▆▇█"
_KNOWN = 0.999  # below it the part that is not known is told


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add what trends are filtered by."""
    parser.add_argument("--server", help="only this server")
    parser.add_argument("--context", choices=[name for name in CONTEXT_BY_NAME if name], help="only this account")
    parser.add_argument("--key", metavar="TEXT", help="only keys that contain this text")
    parser.add_argument("--from", dest="since", metavar="TIME", default="24h", help="from when (default: 24h ago)")
    parser.add_argument("--points", type=int, default=60, help="points a line, about (default: 60)")
    parser.add_argument("--lines", type=int, default=200, help="lines at most (default: 200)")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("series", choices=list(TRENDS), metavar="SERIES", help=", ".join(TRENDS))
    add_filters(parser)


def asked(asking: Asking, series: str) -> query_pb2.GetTrendRequest:
    """Return the request that the options make."""
    arguments = asking.arguments
    request = query_pb2.GetTrendRequest(
        scope=asking.scope(),
        series=series,
        server=arguments.server or "",
        context=CONTEXT_BY_NAME[arguments.context],
        key_contains=arguments.key or "",
        points=max(1, min(arguments.points, 2000)),
        lines=max(1, min(arguments.lines, 2000)),
    )
    getattr(request, "from").CopyFrom(timestamp(asking.since(arguments.since)))
    return request


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    response = asking.stub.GetTrend(asked(asking, arguments.series))
    if arguments.json:
        asking.out.json(_json(response))
    elif not response.lines:
        made_of = response.made_of if arguments.series in WORKED_OUT else "samples"
        asking.out.line(f"no {made_of} in that span")
    else:
        asking.out.table(
            ("server", "context", "key", f"trend ({response.unit})", "min", "p50", "mean", "p95", "max", "known"),
            (_row(line) for line in response.lines),
        )
        _print_notes(asking, response)
    return 0


def _print_notes(asking: Asking, response: query_pb2.GetTrendResponse) -> None:
    made_of = f"from {response.made_of}, a point each {_width(response.width_seconds)}"
    near = f"; p50 and p95 within {response.quantile_error:.0%}" if response.quantile_error else ""
    asking.out.line(f"{made_of}{near}; p50 and p95 are the middle and the highest of the points'")
    if response.left_out:
        asking.out.line(f"{response.left_out} more lines: give --server, --key or --lines")


def _width(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def _row(line: query_pb2.TrendSeries) -> tuple[str, ...]:
    seen = [point for point in line.points if point.count]
    told = sorted(point.p50 for point in seen if not point.without_quantiles)
    weight = sum(_weight(point) for point in seen) or 1
    known = sum(point.known for point in line.points) / max(len(line.points), 1)
    return (
        line.server,
        CONTEXT_NAMES[line.context] or "",
        line.key,
        _sparkline([point.mean if point.count else None for point in line.points]),
        _figure(min((point.minimum for point in seen), default=0)),
        _figure(told[len(told) // 2]) if told else "-",
        _figure(sum(point.mean * _weight(point) for point in seen) / weight),
        _figure(max((point.p95 for point in seen), default=0)),
        _figure(max((point.maximum for point in seen), default=0)),
        "" if known > _KNOWN else f"{known:.0%}",
    )


def _weight(point: query_pb2.TrendPoint) -> float:
    return point.known if 0 < point.known < 1 else point.count


def _figure(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.2g}"


def _sparkline(values: list[float | None]) -> str:
    """Return one character a point; a gap is a blank, not a zero."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = (high - low) or 1.0
    return "".join(" " if v is None else _BARS[round((v - low) / span * (len(_BARS) - 1))] for v in values)


def _json(response: query_pb2.GetTrendResponse) -> dict[str, object]:
    return {
        "schema": "farmsight.trend/1",
        "farm": response.farm,
        "series": response.series,
        "unit": response.unit,
        "from": instant(getattr(response, "from")),
        "to": instant(response.to),
        "width_seconds": response.width_seconds,
        "made_of": response.made_of,
        "quantile_error": response.quantile_error,
        "left_out": response.left_out,
        "lines": [
            {
                "server": line.server,
                "context": CONTEXT_NAMES[line.context],
                "key": line.key,
                "points": [point_json(point) for point in line.points],
            }
            for line in response.lines
        ],
    }


def point_json(point: query_pb2.TrendPoint) -> dict[str, Any]:
    """Return a point for programs; a gap has a count of 0 and no figures."""
    here, told = point.count > 0, point.count > 0 and not point.without_quantiles
    return {
        "at": instant(point.at),
        "count": point.count,
        "known": point.known,
        "min": point.minimum if here else None,
        "p05": point.p05 if told else None,
        "p50": point.p50 if told else None,
        "mean": point.mean if here else None,
        "p95": point.p95 if told else None,
        "max": point.maximum if here else None,
    }


VERB = Verb(
    name="trend",
    help="how something went: download times, sizes, time left, availability, findings open, clock offset, ...",
    description=(
        "Draws samples, and what is worked out from facts and findings, over time. Gaps are gaps, not zeros.\n"
        "Examples: farmsight trend retrieval-duration-ms      farmsight trend url-availability --from 90d"
    ),
    add_arguments=_arguments,
    run=_run,
)
