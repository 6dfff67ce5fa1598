"""What is compared: servers of a farm, one of them or the whole farm then and now, or two farms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.model.build import farm_as_of, farms
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.queries import compare, messages, sides
from farmsight_collector.web.page import Asked
from farmsight_wire.v1 import query_pb2

BY: Final = ("servers", "then", "farm")
EARLIER: Final = timedelta(days=1)  # where no other instant is said


@dataclass(frozen=True, kw_only=True)
class Side:
    """One column: the servers that stand for it, as they were at an instant."""

    label: str
    farm: Farm
    servers: tuple[Server, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How it is compared, between which sides; `then` and `other` are what was chosen beside."""

    by: str
    sides: tuple[Side, ...]
    rows: Sequence[query_pb2.ComparedFact]
    then: datetime | None = None
    other: str = ""
    server: str = ""

    def side(self, label: str) -> Side | None:
        """Return the column of this label."""
        return next((one for one in self.sides if one.label == label), None)


def compared(asked: Asked, *, kind: str, everything: bool) -> Compared:
    """Return what the address asks to be compared. Raises InvalidRequestError, NotFoundError."""
    given = asked.parameters
    by = given.one_of("by", BY, "servers")
    request = query_pb2.CompareRequest(role=given.text("role"), kind=kind, only_differences=not everything)
    if by == "then":
        return _then(asked, request)
    if by == "farm":
        return _farms(asked, request)
    farm = asked.evaluated().farm
    told = compare.answer(farm, request)
    columns = tuple(Side(label=n, farm=farm, servers=(farm.server(n),), at=asked.at) for n in told.servers)
    return Compared(by=by, sides=columns, rows=told.facts)


def _then(asked: Asked, request: query_pb2.CompareRequest) -> Compared:
    then = asked.parameters.instant("then") or asked.at - EARLIER
    if then > asked.at:
        raise InvalidRequestError("then: an instant before the one that the page is as of")
    server, live = asked.parameters.text("server"), asked.evaluated().farm
    past = asked.evaluated_at(then).farm
    for at in (then, asked.at):
        request.sides.add(server=server, at=messages.stamp(at))
    lacking = [view for view in (past, live) if server and not _named(view, server)]
    if lacking:
        raise NotFoundError(f"there was no server {server[:200]!r} at {lacking[0].as_of:%Y-%m-%d %H:%M}Z")
    told = sides.answer(asked.connection, asked.farm, asked.at, request)
    found = [
        Side(label=label, farm=view, servers=_of(view, server, request.role), at=view.as_of)
        for label, view in zip(told.servers, (past, live), strict=True)
    ]
    return Compared(by="then", sides=tuple(found), rows=told.facts, then=then, server=server)


def _farms(asked: Asked, request: query_pb2.CompareRequest) -> Compared:
    others = [name for name in farms(asked.connection) if name != asked.farm]
    other = asked.parameters.text("other") or (others[0] if others else "")
    if other not in others:
        raise NotFoundError(f"there is no other farm {other[:200]!r} here" if other else "there is no other farm here")
    for name in (asked.farm, other):
        request.sides.add(farm=name)
    told = sides.answer(asked.connection, asked.farm, asked.at, request)
    views = (asked.evaluated().farm, farm_as_of(asked.connection, other, asked.at))
    found = [
        Side(label=label, farm=view, servers=_of(view, "", request.role), at=asked.at)
        for label, view in zip(told.servers, views, strict=True)
    ]
    return Compared(by="farm", sides=tuple(found), rows=told.facts, other=other)


def _named(view: Farm, server: str) -> bool:
    return any(one.name.lower() == server.lower() for one in view.servers)


def _of(view: Farm, server: str, role: str) -> tuple[Server, ...]:
    return tuple(
        one
        for one in view.servers
        if (not server or one.name.lower() == server.lower()) and (not role or one.role == role)
    )


def alone(asked: Asked) -> Compared:
    """Return the comparison of servers with nothing in it, for a page that says why another one can't be made."""
    by = asked.parameters.one_of("by", BY, "servers")
    return replace(Compared(by=by, sides=(), rows=()), then=asked.parameters.instant("then"))
