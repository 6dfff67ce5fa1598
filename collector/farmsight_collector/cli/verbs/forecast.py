"""`farmsight forecast`: what is to be expected, with its spread, or why nothing can be said."""

import argparse
from typing import Any

from farmsight_collector.cli.findings_output import instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

WHAT = ("crl-size", "crl-time", "publication", "cache")
_STATES = {"now": ("now", "error"), "expected": ("expected", "warning"), "not-expected": ("no", ""),
           "none": ("not known", "unknown")}  # fmt: skip


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add what forecasts are filtered by."""
    parser.add_argument("--server", help="only what is of this server")
    parser.add_argument("--key", metavar="TEXT", help="only URLs that contain this text")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"{', '.join(WHAT)} (default: all)")
    add_filters(parser)
    parser.add_argument("--all", action="store_true", help="also what is not expected, and what nothing can be said of")


def asked(asking: Asking, what: list[str]) -> query_pb2.GetForecastRequest:
    """Return the request that the options make."""
    arguments = asking.arguments
    return query_pb2.GetForecastRequest(
        scope=asking.scope(), server=arguments.server or "", key_contains=arguments.key or "", of=what
    )


def _run(asking: Asking) -> int:
    response = asking.stub.GetForecast(asked(asking, asking.arguments.what))
    if asking.arguments.json:
        asking.out.json(
            {
                "schema": "farmsight.forecast/1",
                "farm": response.farm,
                "as_of": instant(response.as_of),
                "forecasts": [forecast_json(one) for one in response.forecasts],
            }
        )
        return 0
    told = [one for one in response.forecasts if asking.arguments.all or one.state in ("now", "expected")]
    if told:
        asking.out.table(("", "of", "URL", "where", "says"), map(_row, told))
        _print_reasons(asking, told)
    else:
        asking.out.line("nothing is expected", "ok")
    left = len(response.forecasts) - len(told)
    if left:
        dumb = sum(one.state == "none" for one in response.forecasts)
        asking.out.line(f"{left} more are not expected or not known ({dumb} not known): --all shows them")
    return 0


def _row(one: query_pb2.Forecast) -> tuple[str | tuple[str, str], ...]:
    context = CONTEXT_NAMES[one.context]
    where = f"{one.server}{f' as {context}' if context else ''}"
    return _STATES.get(one.state, (one.state, "")), one.of, one.key, where or "all", one.says


def _print_reasons(asking: Asking, told: list[query_pb2.Forecast]) -> None:
    for one in told:
        if one.why and one.state == "expected":
            limit = f"; limit: {one.limit_used}" if one.limit_used else ""
            asking.out.line(f"{one.of} {one.key}: {one.why}{limit}")


def forecast_json(one: query_pb2.Forecast) -> dict[str, Any]:
    """Return a forecast for programs."""
    measured = one.points > 0
    return {
        "of": one.of,
        "key": one.key,
        "server": one.server or None,
        "context": CONTEXT_NAMES[one.context],
        "state": one.state,
        "says": one.says,
        "at": instant(one.at),
        "earliest": instant(one.earliest),
        "latest": instant(one.latest),
        "value": one.value if measured else None,
        "per_day": one.per_day if measured else None,
        "least_per_day": one.least_per_day if measured else None,
        "most_per_day": one.most_per_day if measured else None,
        "unit": one.unit or None,
        "limit": one.limit if one.limit_used else None,
        "limit_used": one.limit_used or None,
        "why": one.why or None,
        "points": one.points,
    }


VERB = Verb(
    name="forecast",
    help="what is to be expected: limits crossed, CRLs that come too late, caches that let go",
    description=(
        "Works out from what was, the same each time: when a CRL gets too large or too slow, whether a CA's next CRL\n"
        "comes before the last one ends, and which server is without a CRL first while a URL does not answer.\n"
        "Where figures carry no forecast it says why. docs/history.md has how each is worked out."
    ),
    add_arguments=_arguments,
    run=_run,
)
