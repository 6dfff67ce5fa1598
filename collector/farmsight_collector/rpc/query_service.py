"""QueryService: each method checks the caller's token, asks one question in a thread, and answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import grpc.aio

from farmsight_collector.clock import Clock
from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.errors import IdentityError, told
from farmsight_collector.queries import watch
from farmsight_collector.queries.questions import QUESTIONS, Asking, exported
from farmsight_collector.report import asked
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

    async def _ask(self, context: Context, question: Callable[[Asking], Answer]) -> Answer:
        now = self._clock.now()

        def answer() -> Answer:
            with self._store.read() as connection:
                return question(Asking(connection=connection, now=now))

        async with told(context):
            self._check(context)
            return await asyncio.to_thread(answer)
        raise AssertionError("told() ends the call when the body raises")

    async def _answer(self, context: Context, name: str, request: object, _kind: type[Answer]) -> Answer:
        answer: Answer = await self._ask(context, lambda asking: QUESTIONS[name](asking, request))
        return answer

    async def GetStatus(  # noqa: N802 - the contract's name
        self, request: query_pb2.GetStatusRequest, context: Context
    ) -> query_pb2.GetStatusResponse:
        """Return the status of the farm asked for, or of every farm."""
        return await self._answer(context, "GetStatus", request, query_pb2.GetStatusResponse)

    async def ListFindings(  # noqa: N802 - the contract's name
        self, request: query_pb2.ListFindingsRequest, context: Context
    ) -> query_pb2.ListFindingsResponse:
        """Return a page of findings."""
        return await self._answer(context, "ListFindings", request, query_pb2.ListFindingsResponse)

    async def GetTopology(  # noqa: N802 - the contract's name
        self, request: query_pb2.GetTopologyRequest, context: Context
    ) -> query_pb2.GetTopologyResponse:
        """Return the farm as a graph."""
        return await self._answer(context, "GetTopology", request, query_pb2.GetTopologyResponse)

    async def Compare(  # noqa: N802 - the contract's name
        self, request: query_pb2.CompareRequest, context: Context
    ) -> query_pb2.CompareResponse:
        """Return facts of servers side by side."""
        return await self._answer(context, "Compare", request, query_pb2.CompareResponse)

    async def ListHistory(  # noqa: N802 - the contract's name
        self, request: query_pb2.ListHistoryRequest, context: Context
    ) -> query_pb2.ListHistoryResponse:
        """Return intervals of facts."""
        return await self._answer(context, "ListHistory", request, query_pb2.ListHistoryResponse)

    async def Diff(  # noqa: N802 - the contract's name
        self, request: query_pb2.DiffRequest, context: Context
    ) -> query_pb2.DiffResponse:
        """Return what changed between two instants."""
        return await self._answer(context, "Diff", request, query_pb2.DiffResponse)

    async def GetTrend(  # noqa: N802 - the contract's name
        self, request: query_pb2.GetTrendRequest, context: Context
    ) -> query_pb2.GetTrendResponse:
        """Return a series of samples as points."""
        return await self._answer(context, "GetTrend", request, query_pb2.GetTrendResponse)

    async def ListChanges(  # noqa: N802 - the contract's name
        self, request: query_pb2.ListChangesRequest, context: Context
    ) -> query_pb2.ListChangesResponse:
        """Return a page of the change log."""
        return await self._answer(context, "ListChanges", request, query_pb2.ListChangesResponse)

    async def ResolveInstant(  # noqa: N802 - the contract's name
        self, request: query_pb2.ResolveInstantRequest, context: Context
    ) -> query_pb2.ResolveInstantResponse:
        """Return the instant that a word stands for."""
        return await self._answer(context, "ResolveInstant", request, query_pb2.ResolveInstantResponse)

    async def GetForecast(  # noqa: N802 - the contract's name
        self, request: query_pb2.GetForecastRequest, context: Context
    ) -> query_pb2.GetForecastResponse:
        """Return what is to be expected, and why."""
        return await self._answer(context, "GetForecast", request, query_pb2.GetForecastResponse)

    async def Explain(  # noqa: N802 - the contract's name
        self, request: query_pb2.ExplainRequest, context: Context
    ) -> query_pb2.ExplainResponse:
        """Return what rules say of themselves."""
        return await self._answer(context, "Explain", request, query_pb2.ExplainResponse)

    async def Trace(  # noqa: N802 - the contract's name
        self, request: query_pb2.TraceRequest, context: Context
    ) -> query_pb2.TraceResponse:
        """Return what becomes of one user's certificate on every sign-in path."""
        return await self._answer(context, "Trace", request, query_pb2.TraceResponse)

    async def Watch(  # noqa: N802 - the contract's name
        self, request: query_pb2.WatchRequest, context: Context
    ) -> AsyncIterator[query_pb2.WatchResponse]:
        """Send findings as they open, change and close, until the caller goes."""
        name = await self._ask(context, lambda asking: asking.farm(request))
        found = watch.events(self._watcher, self._store, name, self._clock, request)
        async with told(context):
            async for event in watch.allowed(found, lambda: asyncio.to_thread(self._still, context)):
                if event is not None:
                    yield event

    def _still(self, context: Context) -> bool:
        try:
            self._check(context)
        except IdentityError:
            return False
        return True

    async def Export(  # noqa: N802 - the contract's name
        self, request: query_pb2.ExportRequest, context: Context
    ) -> AsyncIterator[query_pb2.ExportResponse]:
        """Send everything of a kind as of the instant."""
        for item in await self._ask(context, lambda asking: exported(asking, request)):
            yield item

    async def Report(  # noqa: N802 - the contract's name
        self, request: query_pb2.ReportRequest, context: Context
    ) -> AsyncIterator[query_pb2.ReportResponse]:
        """Send one page about the farm in parts, then what stands for what in it."""
        for part in await self._ask(context, lambda asking: asked.parts(asking, request)):
            yield part
