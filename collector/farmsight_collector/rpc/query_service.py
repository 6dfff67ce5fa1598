"""QueryService: each method checks the caller's token, asks one question in a thread, and answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import grpc.aio
from sqlalchemy.engine import Connection

from farmsight_collector.clock import Clock
from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.errors import told
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
    watch,
)
from farmsight_collector.queries.evaluated import evaluated, farm_name, instant
from farmsight_collector.queries.preceded import with_first_changes
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import query_pb2, query_pb2_grpc

Answer = TypeVar("Answer")
Context = grpc.aio.ServicerContext[Any, Any]
TokenCheck = Callable[[Context], None]  # raises IdentityError or AccessError


class QueryServicer(query_pb2_grpc.QueryServiceServicer):
    """Answers questions from the store; holds nothing but its parts."""

    def __init__(self, store: Store, watcher: Watcher, clock: Clock, token_check: TokenCheck) -> None:
        """Answer from this store; `token_check` refuses callers without the right."""
        self._store = store
        self._watcher = watcher
        self._clock = clock
        self._check = token_check

    async def _ask(self, context: Context, question: Callable[[Connection], Answer]) -> Answer:
        def answer() -> Answer:
            with self._store.read() as connection:
                return question(connection)

        async with told(context):
            self._check(context)
            return await asyncio.to_thread(answer)
        raise AssertionError("told() ends the call when the body raises")

    async def GetStatus(  # noqa: N802 - the contract's name
        self, request: query_pb2.GetStatusRequest, context: Context
    ) -> query_pb2.GetStatusResponse:
        """Return the status of the farm asked for, or of every farm."""
        at = instant(request.scope, self._clock.now())

        def question(connection: Connection) -> query_pb2.GetStatusResponse:
            names = [farm_name(connection, request.scope)] if request.scope.farm else farms(connection)
            return query_pb2.GetStatusResponse(farms=[status.answer(evaluated(connection, name, at)) for name in names])

        return await self._ask(context, question)

    async def ListFindings(  # noqa: N802 - the contract's name
        self, request: query_pb2.ListFindingsRequest, context: Context
    ) -> query_pb2.ListFindingsResponse:
        """Return a page of findings."""
        at = instant(request.scope, self._clock.now())

        def question(connection: Connection) -> query_pb2.ListFindingsResponse:
            picture = evaluated(connection, farm_name(connection, request.scope), at)
            return findings.answer(with_first_changes(connection, picture), request)

        return await self._ask(context, question)

    async def GetTopology(  # noqa: N802 - the contract's name
        self, request: query_pb2.GetTopologyRequest, context: Context
    ) -> query_pb2.GetTopologyResponse:
        """Return the farm as a graph."""
        at = instant(request.scope, self._clock.now())
        return await self._ask(context, lambda c: topology.answer(c, evaluated(c, farm_name(c, request.scope), at)))

    async def Compare(  # noqa: N802 - the contract's name
        self, request: query_pb2.CompareRequest, context: Context
    ) -> query_pb2.CompareResponse:
        """Return facts of servers side by side."""
        at = instant(request.scope, self._clock.now())

        def question(connection: Connection) -> query_pb2.CompareResponse:
            name = farm_name(connection, request.scope)
            if request.sides:
                return sides.answer(connection, name, at, request)
            return compare.answer(evaluated(connection, name, at).farm, request)

        return await self._ask(context, question)

    async def ListHistory(  # noqa: N802 - the contract's name
        self, request: query_pb2.ListHistoryRequest, context: Context
    ) -> query_pb2.ListHistoryResponse:
        """Return intervals of facts."""
        at = instant(request.scope, self._clock.now())
        return await self._ask(context, lambda c: history.answer(c, farm_name(c, request.scope), at, request))

    async def Diff(  # noqa: N802 - the contract's name
        self, request: query_pb2.DiffRequest, context: Context
    ) -> query_pb2.DiffResponse:
        """Return what changed between two instants."""
        at = instant(request.scope, self._clock.now())
        return await self._ask(context, lambda c: diff.answer(c, farm_name(c, request.scope), at, request))

    async def GetTrend(  # noqa: N802 - the contract's name
        self, request: query_pb2.GetTrendRequest, context: Context
    ) -> query_pb2.GetTrendResponse:
        """Return a series of samples as points."""
        at = instant(request.scope, self._clock.now())
        return await self._ask(context, lambda c: trend.answer(c, farm_name(c, request.scope), at, request))

    async def ListChanges(  # noqa: N802 - the contract's name
        self, request: query_pb2.ListChangesRequest, context: Context
    ) -> query_pb2.ListChangesResponse:
        """Return a page of the change log."""
        at = instant(request.scope, self._clock.now())
        return await self._ask(context, lambda c: change_log.answer(c, farm_name(c, request.scope), at, request))

    async def ResolveInstant(  # noqa: N802 - the contract's name
        self, request: query_pb2.ResolveInstantRequest, context: Context
    ) -> query_pb2.ResolveInstantResponse:
        """Return the instant that a word stands for."""
        at = instant(request.scope, self._clock.now())
        return await self._ask(context, lambda c: instants.answer(c, farm_name(c, request.scope), at, request))

    async def GetForecast(  # noqa: N802 - the contract's name
        self, request: query_pb2.GetForecastRequest, context: Context
    ) -> query_pb2.GetForecastResponse:
        """Return what is to be expected, and why."""
        at = instant(request.scope, self._clock.now())
        return await self._ask(context, lambda c: forecast.answer(c, farm_name(c, request.scope), at, request))

    async def Explain(  # noqa: N802 - the contract's name
        self, request: query_pb2.ExplainRequest, context: Context
    ) -> query_pb2.ExplainResponse:
        """Return what rules say of themselves."""
        return await self._ask(context, lambda _c: explain.answer(request))

    async def Trace(  # noqa: N802 - the contract's name
        self, request: query_pb2.TraceRequest, context: Context
    ) -> query_pb2.TraceResponse:
        """Return what becomes of one user's certificate on every sign-in path."""
        at = instant(request.scope, self._clock.now())
        return await self._ask(context, lambda c: trace.answer(evaluated(c, farm_name(c, request.scope), at), request))

    async def Watch(  # noqa: N802 - the contract's name
        self, request: query_pb2.WatchRequest, context: Context
    ) -> AsyncIterator[query_pb2.WatchResponse]:
        """Send findings as they open, change and close, until the caller goes."""
        name = await self._ask(context, lambda c: farm_name(c, request.scope))
        async for event in watch.events(self._watcher, self._store, name, self._clock, request):
            yield event

    async def Export(  # noqa: N802 - the contract's name
        self, request: query_pb2.ExportRequest, context: Context
    ) -> AsyncIterator[query_pb2.ExportResponse]:
        """Send everything of a kind as of the instant."""
        at = instant(request.scope, self._clock.now())

        def question(connection: Connection) -> list[query_pb2.ExportResponse]:
            picture = evaluated(connection, farm_name(connection, request.scope), at)
            whole = with_first_changes(connection, picture) if request.what == "findings" else picture
            return export.items(whole, request)

        for item in await self._ask(context, question):
            yield item
