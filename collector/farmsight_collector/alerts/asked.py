"""What OperationService is asked, by its names in the contract: for gRPC and REST alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.alerts import operations
from farmsight_collector.clock import EPOCH, from_timestamp
from farmsight_collector.errors import AccessError, InvalidRequestError
from farmsight_collector.identity.access import OWN, Caller
from farmsight_collector.identity.people import ROLES
from farmsight_collector.model.words import plain
from farmsight_collector.queries.evaluated import farm_name
from farmsight_collector.queries.messages import stamp
from farmsight_collector.store import acknowledgements, maintenance
from farmsight_collector.store.acknowledgements import AcknowledgementRow
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import findings_as_of
from farmsight_collector.store.maintenance import WindowRow
from farmsight_wire.v1 import operation_pb2 as pb
from farmsight_wire.v1 import query_pb2

SHORTEST_ID: Final = 4  # of a finding, as its beginning


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asks, when, and of which store; `farm` is named by the address where the request has no place for it."""

    store: Store
    now: datetime
    actor: str
    farm: str = ""
    ring: Callable[[str], None] = lambda _farm: None  # told of each farm of which something was changed

    def farm_of(self, name: str) -> str:
        """Return the farm that is meant; raises NotFoundError and InvalidRequestError."""
        with self.store.read() as connection:
            return farm_name(connection, query_pb2.Scope(farm=name))


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method: the role that it takes, and what it does in a thread."""

    role: str
    work: Callable[[Asked, Any], Message]


def do(
    name: str,
    store: Store,
    now: datetime,
    caller: Caller,
    request: Any,  # noqa: ANN401 - of the operation
    ring: Callable[[str], None],
    farm: str = "",
) -> Message:
    """Do what a caller asks, and return the answer; `ring` is called with the farm where something was changed.

    Raises AccessError for a role that is not enough, NotFoundError, InvalidRequestError and StoreError.
    """
    one = OPERATIONS[name]
    if ROLES.index(caller.role) < ROLES.index(one.role):
        raise AccessError(f"this takes the role {one.role}; the token's is {caller.role}")
    who = caller.role if caller.name == OWN else f"{caller.name}, {caller.role}"
    by = plain(getattr(request, "by", ""))[:80]
    actor = f"{by} (token: {who})" if by else f"token: {who}"
    return one.work(Asked(store=store, now=now, actor=actor, farm=farm, ring=ring), request)


def _acknowledge(asked: Asked, request: pb.AcknowledgeRequest) -> pb.AcknowledgeResponse:
    farm, finding = _finding(asked, request.farm, request.finding)
    until = _instant("until", request.until)
    operations.acknowledge(asked.store, farm, finding, until=until, note=request.note, actor=asked.actor, now=asked.now)
    asked.ring(farm)
    with asked.store.read() as connection:
        rows = acknowledgements.in_force(connection, farm, asked.now)
    return pb.AcknowledgeResponse(
        acknowledgement=next((_acknowledgement(row) for row in rows if row.finding == finding), None)
    )


def _withdraw(asked: Asked, request: pb.WithdrawAcknowledgementRequest) -> pb.WithdrawAcknowledgementResponse:
    farm, finding = _finding(asked, request.farm, request.finding)
    operations.withdraw(asked.store, farm, finding, actor=asked.actor, now=asked.now)
    asked.ring(farm)
    return pb.WithdrawAcknowledgementResponse()


def _acknowledgements(asked: Asked, request: pb.ListAcknowledgementsRequest) -> pb.ListAcknowledgementsResponse:
    farm = asked.farm_of(request.farm)
    with asked.store.read() as connection:
        rows = (
            acknowledgements.newest(connection, farm)
            if request.ended_too
            else acknowledgements.in_force(connection, farm, asked.now)
        )
    return pb.ListAcknowledgementsResponse(farm=farm, acknowledgements=map(_acknowledgement, rows))


def _add_maintenance(asked: Asked, request: pb.AddMaintenanceRequest) -> pb.AddMaintenanceResponse:
    window = operations.add_maintenance(
        asked.store,
        asked.farm_of(request.farm),
        servers=list(request.servers),
        begins=_instant("begins", request.begins) if request.HasField("begins") else asked.now,
        ends=_instant("ends", request.ends),
        note=request.note,
        actor=asked.actor,
        now=asked.now,
    )
    asked.ring(window.farm)
    return pb.AddMaintenanceResponse(window=_window(window))


def _end_maintenance(asked: Asked, request: pb.EndMaintenanceRequest) -> pb.EndMaintenanceResponse:
    window = operations.end_maintenance(asked.store, request.id, actor=asked.actor, now=asked.now, farm=asked.farm)
    asked.ring(window.farm)
    return pb.EndMaintenanceResponse(window=_window(window))


def _maintenance(asked: Asked, request: pb.ListMaintenanceRequest) -> pb.ListMaintenanceResponse:
    farm = asked.farm_of(request.farm) if request.farm else None
    with asked.store.read() as connection:
        rows = maintenance.windows(connection, farm, EPOCH if request.ended_too else asked.now)
    return pb.ListMaintenanceResponse(windows=map(_window, rows))


OPERATIONS: Final[Mapping[str, Operation]] = {
    "Acknowledge": Operation(role="operator", work=_acknowledge),
    "WithdrawAcknowledgement": Operation(role="operator", work=_withdraw),
    "ListAcknowledgements": Operation(role="viewer", work=_acknowledgements),
    "AddMaintenance": Operation(role="operator", work=_add_maintenance),
    "EndMaintenance": Operation(role="operator", work=_end_maintenance),
    "ListMaintenance": Operation(role="viewer", work=_maintenance),
}


def _finding(asked: Asked, farm: str, finding: str) -> tuple[str, str]:
    """Return farm and id of the open finding that is meant; raises NotFoundError, InvalidRequestError."""
    name = asked.farm_of(farm)
    with asked.store.read() as connection:
        rows = findings_as_of(connection, name, asked.now)
    if len(finding) < SHORTEST_ID:
        raise InvalidRequestError(f"finding: its id, or at least {SHORTEST_ID} characters of its beginning")
    meant = [row.id for row in rows if row.id.startswith(finding) or row.code == finding] or [finding]
    if len(meant) > 1:
        raise InvalidRequestError(f"finding: {len(meant)} open findings are {finding}; give the id")
    return name, meant[0]


def _instant(name: str, given: Timestamp) -> datetime:
    try:
        return from_timestamp(given)
    except ValueError as error:
        raise InvalidRequestError(f"{name}: {error}") from error


def _acknowledgement(row: AcknowledgementRow) -> pb.Acknowledgement:
    return pb.Acknowledgement(
        finding=row.finding,
        title=row.title,
        by=row.actor,
        note=row.note,
        made=stamp(row.made),
        until=stamp(row.until),
        ended=stamp(row.ended),
        ended_why=row.ended_why,
    )


def _window(row: WindowRow) -> pb.MaintenanceWindow:
    return pb.MaintenanceWindow(
        id=row.id,
        farm=row.farm,
        servers=row.servers,
        begins=stamp(row.begins),
        ends=stamp(row.ends),
        by=row.actor,
        note=row.note,
        ended_by=row.ended_by,
    )
