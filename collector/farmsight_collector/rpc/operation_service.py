"""OperationService: what people say about findings and alerts, for operators; what was said, for viewers."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.alerts import operations
from farmsight_collector.clock import EPOCH, Clock, from_timestamp
from farmsight_collector.errors import AccessError, InvalidRequestError, told
from farmsight_collector.identity.access import OWN
from farmsight_collector.identity.people import ROLES
from farmsight_collector.model.words import plain
from farmsight_collector.queries.evaluated import farm_name
from farmsight_collector.queries.messages import stamp
from farmsight_collector.rpc.bearer import BearerTokens
from farmsight_collector.store import acknowledgements, maintenance
from farmsight_collector.store.acknowledgements import AcknowledgementRow
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import findings_as_of
from farmsight_collector.store.maintenance import WindowRow
from farmsight_wire.v1 import operation_pb2, operation_pb2_grpc, query_pb2

Answer = TypeVar("Answer")
Context = grpc.aio.ServicerContext[Any, Any]
SHORTEST_ID = 4  # of a finding, as its beginning


class OperationServicer(operation_pb2_grpc.OperationServiceServicer):
    """Checks the caller's role, does one thing in a thread, and answers."""

    def __init__(self, store: Store, clock: Clock, bearer: BearerTokens) -> None:
        """Work on this store for those whom `bearer` knows."""
        self._store = store
        self._clock = clock
        self._bearer = bearer

    async def Acknowledge(  # noqa: N802 - the contract's name
        self, request: operation_pb2.AcknowledgeRequest, context: Context
    ) -> operation_pb2.AcknowledgeResponse:
        """Let a finding be quiet."""

        def work(actor: str, now: datetime) -> operation_pb2.AcknowledgeResponse:
            farm, finding = self._finding(request.farm, request.finding, now)
            until = _instant("until", request.until)
            operations.acknowledge(self._store, farm, finding, until=until, note=request.note, actor=actor, now=now)
            with self._store.read() as connection:
                rows = acknowledgements.in_force(connection, farm, now)
            return operation_pb2.AcknowledgeResponse(
                acknowledgement=next((_acknowledgement(row) for row in rows if row.finding == finding), None)
            )

        return await self._do(context, "operator", request.by, work)

    async def WithdrawAcknowledgement(  # noqa: N802 - the contract's name
        self, request: operation_pb2.WithdrawAcknowledgementRequest, context: Context
    ) -> operation_pb2.WithdrawAcknowledgementResponse:
        """Take an acknowledgement back."""

        def work(actor: str, now: datetime) -> operation_pb2.WithdrawAcknowledgementResponse:
            farm, finding = self._finding(request.farm, request.finding, now)
            operations.withdraw(self._store, farm, finding, actor=actor, now=now)
            return operation_pb2.WithdrawAcknowledgementResponse()

        return await self._do(context, "operator", request.by, work)

    async def ListAcknowledgements(  # noqa: N802 - the contract's name
        self, request: operation_pb2.ListAcknowledgementsRequest, context: Context
    ) -> operation_pb2.ListAcknowledgementsResponse:
        """Return those that are in force, or the newest of all."""

        def work(_actor: str, now: datetime) -> operation_pb2.ListAcknowledgementsResponse:
            with self._store.read() as connection:
                farm = farm_name(connection, query_pb2.Scope(farm=request.farm))
                ended_too = request.ended_too
                rows = (acknowledgements.newest if ended_too else _in_force(now))(connection, farm)
            answer = operation_pb2.ListAcknowledgementsResponse(farm=farm)
            answer.acknowledgements.extend(map(_acknowledgement, rows))
            return answer

        return await self._do(context, "viewer", "", work)

    async def AddMaintenance(  # noqa: N802 - the contract's name
        self, request: operation_pb2.AddMaintenanceRequest, context: Context
    ) -> operation_pb2.AddMaintenanceResponse:
        """Hold alerts back for a while."""

        def work(actor: str, now: datetime) -> operation_pb2.AddMaintenanceResponse:
            with self._store.read() as connection:
                farm = farm_name(connection, query_pb2.Scope(farm=request.farm))
            window = operations.add_maintenance(
                self._store,
                farm,
                servers=list(request.servers),
                begins=_instant("begins", request.begins) if request.HasField("begins") else now,
                ends=_instant("ends", request.ends),
                note=request.note,
                actor=actor,
                now=now,
            )
            return operation_pb2.AddMaintenanceResponse(window=_window(window))

        return await self._do(context, "operator", request.by, work)

    async def EndMaintenance(  # noqa: N802 - the contract's name
        self, request: operation_pb2.EndMaintenanceRequest, context: Context
    ) -> operation_pb2.EndMaintenanceResponse:
        """End a window before its time."""

        def work(actor: str, now: datetime) -> operation_pb2.EndMaintenanceResponse:
            window = operations.end_maintenance(self._store, request.id, actor=actor, now=now)
            return operation_pb2.EndMaintenanceResponse(window=_window(window))

        return await self._do(context, "operator", request.by, work)

    async def ListMaintenance(  # noqa: N802 - the contract's name
        self, request: operation_pb2.ListMaintenanceRequest, context: Context
    ) -> operation_pb2.ListMaintenanceResponse:
        """Return windows that are not over, or the latest of all."""

        def work(_actor: str, now: datetime) -> operation_pb2.ListMaintenanceResponse:
            with self._store.read() as connection:
                since = EPOCH if request.ended_too else now
                rows = maintenance.windows(connection, request.farm or None, since)
            return operation_pb2.ListMaintenanceResponse(windows=map(_window, rows))

        return await self._do(context, "viewer", "", work)

    async def _do(self, context: Context, role: str, by: str, work: Callable[[str, datetime], Answer]) -> Answer:
        async with told(context):
            caller = self._bearer.caller_of(context.invocation_metadata())
            if ROLES.index(caller.role) < ROLES.index(role):
                raise AccessError(f"this takes the role {role}; the token's is {caller.role}")
            who = caller.role if caller.name == OWN else f"{caller.name}, {caller.role}"
            actor = f"{plain(by)[:80]} (token: {who})" if by else f"token: {who}"
            return await asyncio.to_thread(work, actor, self._clock.now())
        raise AssertionError("told() ends the call when the body raises")

    def _finding(self, farm: str, finding: str, now: datetime) -> tuple[str, str]:
        """Return farm and id of the open finding that is meant; raises NotFoundError, InvalidRequestError."""
        with self._store.read() as connection:
            name = farm_name(connection, query_pb2.Scope(farm=farm))
            rows = findings_as_of(connection, name, now)
        if len(finding) < SHORTEST_ID:
            raise InvalidRequestError(f"finding: its id, or at least {SHORTEST_ID} characters of its beginning")
        meant = [row.id for row in rows if row.id.startswith(finding) or row.code == finding] or [finding]
        if len(meant) > 1:
            raise InvalidRequestError(f"finding: {len(meant)} open findings are {finding}; give the id")
        return name, meant[0]


def _in_force(now: datetime) -> Callable[[Any, str], list[AcknowledgementRow]]:
    return lambda connection, farm: acknowledgements.in_force(connection, farm, now)


def _instant(name: str, given: Timestamp) -> datetime:
    try:
        return from_timestamp(given)
    except ValueError as error:
        raise InvalidRequestError(f"{name}: {error}") from error


def _acknowledgement(row: AcknowledgementRow) -> operation_pb2.Acknowledgement:
    return operation_pb2.Acknowledgement(
        finding=row.finding,
        title=row.title,
        by=row.actor,
        note=row.note,
        made=stamp(row.made),
        until=stamp(row.until),
        ended=stamp(row.ended),
        ended_why=row.ended_why,
    )


def _window(row: WindowRow) -> operation_pb2.MaintenanceWindow:
    return operation_pb2.MaintenanceWindow(
        id=row.id,
        farm=row.farm,
        servers=row.servers,
        begins=stamp(row.begins),
        ends=stamp(row.ends),
        by=row.actor,
        note=row.note,
        ended_by=row.ended_by,
    )
