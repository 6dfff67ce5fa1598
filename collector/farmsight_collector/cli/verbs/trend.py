"""`farmsight trend`: how a measurement went."""

import argparse

from farmsight_collector.cli.findings_output import instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_collector.clock import timestamp
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, SERIES

_BARS = "▁▂▃▄▅▆▇█"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("series", choices=list(SERIES), metavar="SERIES", help=", ".join(SERIES))
    parser.add_argument("--server", help="only this server")
    parser.add_argument("--key", metavar="TEXT", help="only keys that contain this text")
    parser.add_argument("--from", dest="since", metavar="TIME", default="24h", help="from when (default: 24h ago)")
    parser.add_argument("--points", type=int, default=60, help="points a line (default: 60)")


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    request = query_pb2.GetTrendRequest(
        scope=asking.scope(),
        series=arguments.series,
        server=arguments.server or "",
        key_contains=arguments.key or "",
        points=max(1, min(arguments.points, 2000)),
    )
    getattr(request, "from").CopyFrom(timestamp(asking.instant(arguments.since)))
    response = asking.stub.GetTrend(request)
    if arguments.json:
        asking.out.json(_json(response))
    elif not response.lines:
        asking.out.line("no samples in that span")
    else:
        asking.out.table(
            ("server", "context", "key", f"trend ({response.unit})", "min", "mean", "p95", "max"),
            (_row(line) for line in response.lines),
        )
    return 0


def _row(line: query_pb2.TrendSeries) -> tuple[str, ...]:
    seen = [point for point in line.points if point.count]
    count = sum(point.count for point in seen) or 1
    return (
        line.server,
        CONTEXT_NAMES[line.context] or "",
        line.key,
        _sparkline([point.mean if point.count else None for point in line.points]),
        f"{min((point.minimum for point in seen), default=0):.0f}",
        f"{sum(point.mean * point.count for point in seen) / count:.0f}",
        f"{max((point.p95 for point in seen), default=0):.0f}",
        f"{max((point.maximum for point in seen), default=0):.0f}",
    )


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
        "lines": [
            {
                "server": line.server,
                "context": CONTEXT_NAMES[line.context],
                "key": line.key,
                "points": [
                    {
                        "at": instant(p.at),
                        "count": p.count,
                        "min": p.minimum if p.count else None,
                        "mean": p.mean if p.count else None,
                        "p95": p.p95 if p.count else None,
                        "max": p.maximum if p.count else None,
                    }
                    for p in line.points
                ],
            }
            for line in response.lines
        ],
    }


VERB = Verb(
    name="trend",
    help="how a measurement went: download times, sizes, time left, clock offset, ...",
    description="Draws samples over time. Gaps are gaps, not zeros.\nExample: farmsight trend retrieval-duration-ms",
    add_arguments=_arguments,
    run=_run,
)
