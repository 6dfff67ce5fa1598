"""OperationService: what people say about findings and alerts, for operators; what was said, for viewers."""

import asyncio
from typing import Any, TypeVar

import grpc.aio

from farmsight_collector.alerts import asked
from farmsight_collector.clock import Clock
from farmsight_collector.correlate.bells import Bells
from farmsight_collector.errors import told
from farmsight_collector.rpc.bearer import BearerTokens
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import operation_pb2, operation_pb2_grpc

Answer = TypeVar("Answer")
Context = grpc.aio.ServicerContext[Any, Any]


class OperationServicer(operation_pb2_grpc.OperationServiceServicer):
    """Checks the caller's role, does one thing in a thread, and answers."""

    def __init__(self, store: Store, clock: Clock, bearer: BearerTokens, bells: Bells) -> None:
        """Work on this store for those whom `bearer` knows, and ring where something was changed."""
        self._store = store
        self._clock = clock
        self._bearer = bearer
        self._bells = bells

    async def Acknowledge(  # noqa: N802 - the contract's name
        self, request: operation_pb2.AcknowledgeRequest, context: Context
    ) -> operation_pb2.AcknowledgeResponse:
        """Let a finding be quiet."""
        return await self._do(context, "Acknowledge", request, operation_pb2.AcknowledgeResponse)

    async def WithdrawAcknowledgement(  # noqa: N802 - the contract's name
        self, request: operation_pb2.WithdrawAcknowledgementRequest, context: Context
    ) -> operation_pb2.WithdrawAcknowledgementResponse:
        """Take an acknowledgement back."""
        kind = operation_pb2.WithdrawAcknowledgementResponse
        return await self._do(context, "WithdrawAcknowledgement", request, kind)

    async def ListAcknowledgements(  # noqa: N802 - the contract's name
        self, request: operation_pb2.ListAcknowledgementsRequest, context: Context
    ) -> operation_pb2.ListAcknowledgementsResponse:
        """Return those that are in force, or the newest of all."""
        return await self._do(context, "ListAcknowledgements", request, operation_pb2.ListAcknowledgementsResponse)

    async def AddMaintenance(  # noqa: N802 - the contract's name
        self, request: operation_pb2.AddMaintenanceRequest, context: Context
    ) -> operation_pb2.AddMaintenanceResponse:
        """Hold alerts back for a while."""
        return await self._do(context, "AddMaintenance", request, operation_pb2.AddMaintenanceResponse)

    async def EndMaintenance(  # noqa: N802 - the contract's name
        self, request: operation_pb2.EndMaintenanceRequest, context: Context
    ) -> operation_pb2.EndMaintenanceResponse:
        """End a window before its time."""
        return await self._do(context, "EndMaintenance", request, operation_pb2.EndMaintenanceResponse)

    async def ListMaintenance(  # noqa: N802 - the contract's name
        self, request: operation_pb2.ListMaintenanceRequest, context: Context
    ) -> operation_pb2.ListMaintenanceResponse:
        """Return windows that are not over, or the latest of all."""
        return await self._do(context, "ListMaintenance", request, operation_pb2.ListMaintenanceResponse)

    async def _do(self, context: Context, name: str, request: object, kind: type[Answer]) -> Answer:
        async with told(context):
            caller = self._bearer.caller_of(context.invocation_metadata())
            now, ring = self._clock.now(), self._bells.from_thread()
            answer = await asyncio.to_thread(asked.do, name, self._store, now, caller, request, ring)
            assert isinstance(answer, kind)
            return answer
        raise AssertionError("told() ends the call when the body raises")
