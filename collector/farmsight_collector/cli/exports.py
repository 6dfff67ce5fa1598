"""What can be exported: each question's answer as a table."""

import argparse
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.cli import intervals_output
from farmsight_collector.cli.findings_output import SEVERITIES, finding_json, instant
from farmsight_collector.cli.verb import Asking, InputError
from farmsight_collector.cli.verbs import changes, forecast, history, trend
from farmsight_collector.export.table import Cell, Column, Table
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

Make = Callable[[Asking], Table]


def _at(stamp: Timestamp) -> datetime | None:
    return stamp.ToDatetime(tzinfo=UTC) if stamp.seconds or stamp.nanos else None


def _columns(*names: str, **typed: str) -> tuple[Column, ...]:
    """Return text columns by name; "name:type" gives another type."""
    assert not typed
    found = (name.partition(":") for name in names)
    return tuple(Column(name=name, type=kind or "text") for name, _, kind in found)  # type: ignore[arg-type]


_FACT: Final = _columns("server", "kind", "context", "key", "began:instant", "ended:instant", "text", "digest", "value")


def _fact(one: query_pb2.FactInterval) -> tuple[Cell, ...]:
    value = intervals_output.as_json(one)["value"]
    return (
        one.server, one.kind, CONTEXT_NAMES[one.context], one.key, _at(one.began), _at(one.ended), one.text,
        one.digest, json.dumps(value, sort_keys=True) if value is not None else None,
    )  # fmt: skip


def _of_facts(name: str, rows: Iterator[query_pb2.FactInterval]) -> Table:
    return Table(
        name=name, columns=_FACT, rows=rows, flat=_fact, document=intervals_output.as_json,
        heads=intervals_output.HEADS, line=intervals_output.row,
    )  # fmt: skip


def facts(asking: Asking) -> Table:
    """Return all facts as of the instant."""
    found = asking.stub.Export(query_pb2.ExportRequest(scope=asking.scope(), what="facts"))
    return _of_facts("facts", (one.fact for one in found if _wanted(one.fact, asking.arguments)))


def _wanted(one: query_pb2.FactInterval, given: argparse.Namespace) -> bool:
    """Tell whether a fact is of the server, kind, account and key that options name."""
    return (
        given.server in (None, one.server)
        and given.kind in (None, one.kind)
        and given.context in (None, CONTEXT_NAMES[one.context])
        and (given.key or "").lower() in one.key.lower()
    )


def history_(asking: Asking) -> Table:
    """Return facts as intervals over a span, of all or of what is named."""
    asking.arguments.since = asking.arguments.since or "7d"
    pages = history.pages(asking, history.asked(asking, asking.arguments.about or ""))
    return _of_facts("history", (one for page in pages for one in page.intervals))


def findings(asking: Asking) -> Table:
    """Return all findings as of the instant."""
    found = asking.stub.Export(query_pb2.ExportRequest(scope=asking.scope(), what="findings"))
    return Table(
        name="findings",
        columns=_columns(*_FINDING[:-3], "since:instant", "closed:instant", "caused_by", "why", "first_change"),
        rows=(one.finding for one in found),
        flat=lambda one: (
            *_finding(one)[:-3], _at(one.since), _at(one.closed), one.caused_by, one.why,
            one.first_change.text or None,
        ),
        document=finding_json,
        heads=_FINDING,
        line=_finding,
    )  # fmt: skip


_FINDING: Final = ("id", "code", "severity", "subject", "servers", "title", "since", "closed", "caused_by")


def _finding(one: query_pb2.Finding) -> tuple[Cell, ...]:
    return (
        one.id, one.code, SEVERITIES.get(one.severity, ""), one.subject, " ".join(one.servers), one.title,
        instant(one.since) or "", instant(one.closed) or "", one.caused_by,
    )  # fmt: skip


def changes_(asking: Asking) -> Table:
    """Return the change log of a span."""
    asking.arguments.since = asking.arguments.since or "7d"
    pages = changes.pages(asking, changes.asked(asking))
    return Table(
        name="changes",
        columns=_columns(
            *("at:instant", "of", "change", "servers", "kind", "context", "key", "text", "code", "finding"),
            *("severity", "agent", "seen_by", "before_first_failure:flag"),
        ),
        rows=(one for page in pages for one in page.changes),
        flat=lambda one: (
            _at(one.at), one.of, one.change, " ".join(one.servers), one.kind or None, CONTEXT_NAMES[one.context],
            one.key or None, one.text, one.code or None, one.finding or None, SEVERITIES.get(one.severity),
            one.agent or None, one.source or None, one.before_failure,
        ),
        document=changes.change_json,
    )  # fmt: skip


_POINT: Final = _columns(
    *("series", "unit", "server", "context", "key", "at:instant", "width_seconds:number", "count:whole"),
    *("known:number", "min:number", "p05:number", "p50:number", "mean:number", "p95:number", "max:number"),
)


def trend_(asking: Asking) -> Table:
    """Return the points of a series, a row each; a gap has a count of 0 and no figures."""
    if not asking.arguments.series:
        raise InputError("export trend needs --series NAME")
    asking.arguments.since = asking.arguments.since or "24h"
    response = asking.stub.GetTrend(trend.asked(asking, asking.arguments.series))
    names = [column.name for column in _POINT]

    def document(row: tuple[query_pb2.TrendSeries, query_pb2.TrendPoint]) -> dict[str, Any]:
        line, point = row
        head = {"series": response.series, "unit": response.unit, "server": line.server}
        return {
            **head, "context": CONTEXT_NAMES[line.context], "key": line.key,
            "width_seconds": response.width_seconds, **trend.point_json(point),
        }  # fmt: skip

    def flat(row: tuple[query_pb2.TrendSeries, query_pb2.TrendPoint]) -> tuple[Cell, ...]:
        told = {**document(row), "at": _at(row[1].at)}
        return tuple(told[name] for name in names)

    rows = ((line, point) for line in response.lines for point in line.points)
    return Table(name="trend", columns=_POINT, rows=rows, flat=flat, document=document)


_FORECAST: Final = _columns(
    *("of", "key", "server", "context", "state", "says", "at:instant", "earliest:instant", "latest:instant"),
    *("value:number", "per_day:number", "least_per_day:number", "most_per_day:number", "unit", "limit:number"),
    *("limit_used", "why", "points:whole"),
)


def forecast_(asking: Asking) -> Table:
    """Return all forecasts, those of which nothing can be said among them."""
    response = asking.stub.GetForecast(forecast.asked(asking, []))

    def flat(one: query_pb2.Forecast) -> tuple[Cell, ...]:
        times = {"at": _at(one.at), "earliest": _at(one.earliest), "latest": _at(one.latest)}
        told = {**forecast.forecast_json(one), **times}
        return tuple(told[column.name] for column in _FORECAST)

    return Table(
        name="forecast", columns=_FORECAST, rows=response.forecasts, flat=flat, document=forecast.forecast_json
    )


def compare_(asking: Asking) -> Table:
    """Return what servers have beside each other, a row a fact and server."""
    arguments = asking.arguments
    response = asking.stub.Compare(
        query_pb2.CompareRequest(
            scope=asking.scope(),
            servers=[arguments.server] if arguments.server else [],
            role=arguments.role or "",
            kind=arguments.kind or "",
        )
    )
    names = (
        "kind",
        "context",
        "key",
        "server",
        "state",
        "text",
        "odd",
        "differs",
        "expectation",
        "severity",
        "meaning",
    )

    def document(row: tuple[query_pb2.ComparedFact, query_pb2.ComparedValue]) -> dict[str, Any]:
        fact, value = row
        cells = (
            fact.kind, CONTEXT_NAMES[fact.context], fact.key, value.server, value.state, value.text, value.odd,
            fact.differs, fact.expectation or None, SEVERITIES.get(fact.severity), fact.meaning or None,
        )  # fmt: skip
        return dict(zip(names, cells, strict=True))

    return Table(
        name="compare",
        columns=_columns(*names[:6], "odd:flag", "differs:flag", *names[8:]),
        rows=((fact, value) for fact in response.facts for value in fact.values),
        flat=lambda row: tuple(document(row).values()),
        document=document,
    )


def servers(asking: Asking) -> Table:
    """Return the servers with when they were last seen."""
    response = asking.stub.GetStatus(query_pb2.GetStatusRequest(scope=asking.scope()))
    names = ("farm", "server", "role", "last_seen", "agent_version", "facts")

    def document(row: tuple[str, query_pb2.ServerState]) -> dict[str, Any]:
        farm, one = row
        cells = (farm, one.name, one.role, instant(one.last_seen), one.agent_version or None, one.facts)
        return dict(zip(names, cells, strict=True))

    return Table(
        name="servers",
        columns=_columns("farm", "server", "role", "last_seen:instant", "agent_version", "facts:whole"),
        rows=((farm.farm, one) for farm in response.farms for one in farm.servers),
        flat=lambda row: tuple({**document(row), "last_seen": _at(row[1].last_seen)}.values()),
        document=document,
    )


def unknown(asking: Asking) -> Table:
    """Return what is not known, and why."""
    request = query_pb2.ListFindingsRequest(scope=asking.scope(), page_size=1)
    names = ("server", "probe", "part", "context", "reason", "code")

    def document(one: query_pb2.UnknownItem) -> dict[str, Any]:
        cells = (one.server, one.probe, one.part or None, CONTEXT_NAMES[one.context], one.reason, one.code or None)
        return dict(zip(names, cells, strict=True))

    return Table(
        name="unknown",
        columns=_columns(*names),
        rows=asking.stub.ListFindings(request).unknown,
        flat=lambda one: tuple(document(one).values()),
        document=document,
    )


def edges(asking: Asking) -> Table:
    """Return the ways of the topology: who signs in through whom, and who fetches what from where."""
    names = ("from", "to", "kind", "context", "state", "detail", "latency_ms")

    def document(one: query_pb2.TopologyEdge) -> dict[str, Any]:
        cells = (
            getattr(one, "from"), one.to, one.kind, CONTEXT_NAMES[one.context], one.state, one.detail,
            one.latency_ms or None,
        )  # fmt: skip
        return dict(zip(names, cells, strict=True))

    return Table(
        name="topology",
        columns=_columns(*names[:6], "latency_ms:number"),
        rows=asking.stub.GetTopology(query_pb2.GetTopologyRequest(scope=asking.scope())).edges,
        flat=lambda one: tuple(document(one).values()),
        document=document,
    )


EXPORTS: Final[dict[str, Make]] = {
    "facts": facts,
    "findings": findings,
    "history": history_,
    "changes": changes_,
    "trend": trend_,
    "forecast": forecast_,
    "compare": compare_,
    "servers": servers,
    "unknown": unknown,
    "topology": edges,
}
