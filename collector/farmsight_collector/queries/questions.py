"""Every question of QueryService that has one answer, by its name in the contract: for gRPC and REST alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import Connection

from farmsight_collector.model.build import farms
from farmsight_collector.queries import (
    change_log,
    compare,
    diff,
    explain,
    export,
    findings,
    forecast,
    history,
    instants,
    sides,
    status,
    topology,
    trace,
    trend,
)
from farmsight_collector.queries.evaluated import Evaluated, evaluated, farm_name, instant
from farmsight_collector.queries.preceded import with_first_changes
from farmsight_wire.v1 import query_pb2

WorkOut = Callable[[Connection, str, datetime], Evaluated]


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a question stands on: a store as it is at one instant, the time, and how a farm is judged."""

    connection: Connection
    now: datetime
    work_out: WorkOut = evaluated

    def farm(self, request: Any) -> str:  # noqa: ANN401 - each request with a scope
        """Return the farm that is asked about; raises NotFoundError and InvalidRequestError."""
        return farm_name(self.connection, request.scope)

    def at(self, request: Any) -> datetime:  # noqa: ANN401
        """Return the instant that is asked about."""
        return instant(request.scope, self.now)

    def picture(self, request: Any) -> Evaluated:  # noqa: ANN401
        """Return the farm with its findings."""
        return self.work_out(self.connection, self.farm(request), self.at(request))


def _status(asking: Asking, request: query_pb2.GetStatusRequest) -> query_pb2.GetStatusResponse:
    at = asking.at(request)
    names = [asking.farm(request)] if request.scope.farm else farms(asking.connection)
    found = [status.answer(asking.work_out(asking.connection, name, at)) for name in names]
    return query_pb2.GetStatusResponse(farms=found)


def _findings(asking: Asking, request: query_pb2.ListFindingsRequest) -> query_pb2.ListFindingsResponse:
    return findings.answer(with_first_changes(asking.connection, asking.picture(request)), request)


def _compare(asking: Asking, request: query_pb2.CompareRequest) -> query_pb2.CompareResponse:
    if request.sides:
        return sides.answer(asking.connection, asking.farm(request), asking.at(request), request)
    return compare.answer(asking.picture(request).farm, request)


def exported(asking: Asking, request: query_pb2.ExportRequest) -> list[query_pb2.ExportResponse]:
    """Return everything of a kind as of the instant; raises InvalidRequestError."""
    picture = asking.picture(request)
    whole = with_first_changes(asking.connection, picture) if request.what == "findings" else picture
    return export.items(whole, request)


def _stored(answer: Callable[[Connection, str, datetime, Any], Any]) -> Callable[[Asking, Any], Any]:
    """Return the question whose answer is read from the store, without judging the farm."""
    return lambda asking, request: answer(asking.connection, asking.farm(request), asking.at(request), request)


QUESTIONS: Final[Mapping[str, Callable[[Asking, Any], Any]]] = {
    "GetStatus": _status,
    "ListFindings": _findings,
    "GetTopology": lambda asking, request: topology.answer(asking.connection, asking.picture(request)),
    "Compare": _compare,
    "ListHistory": _stored(history.answer),
    "Diff": _stored(diff.answer),
    "GetTrend": _stored(trend.answer),
    "Explain": lambda _asking, request: explain.answer(request),
    "Trace": lambda asking, request: trace.answer(asking.picture(request), request),
    "ResolveInstant": _stored(instants.answer),
    "ListChanges": _stored(change_log.answer),
    "GetForecast": _stored(forecast.answer),
}
