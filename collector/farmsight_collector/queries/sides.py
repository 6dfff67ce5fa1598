"""Anything beside anything: servers, one server then and now, farms. What differs is told, not what it means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.model.build import farm_as_of, farms
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.model.words import describe
from farmsight_collector.queries import messages
from farmsight_collector.queries.compare import substance
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_NAME, KINDS, part_of

MOST: Final = 16
# Measured anew at each look, so that two looks never have the same.
_PASSING: Final = frozenset({"clock", "event", "agent", "url-cache"})
_Name = tuple[str, str | None, str]  # kind, context, key


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side: the servers that stand for it, as they were."""

    label: str
    farm: Farm
    servers: tuple[Server, ...]


def answer(
    connection: Connection, farm: str, at: datetime, request: query_pb2.CompareRequest
) -> query_pb2.CompareResponse:
    """Return a row for each fact that a side has, with the sides as columns; raises InvalidRequestError."""
    if request.kind and request.kind not in KIND_BY_NAME:
        raise InvalidRequestError(f"kind: there is no kind '{request.kind}'")
    if len(request.sides) > MOST:
        raise InvalidRequestError(f"sides: {len(request.sides)} are more than {MOST}")
    sides = [_side(connection, farm, at, one) for one in request.sides]
    if request.role:
        sides = [_of_role(one, request.role) for one in sides]
    labels = _apart([one.label for one in sides])
    response = query_pb2.CompareResponse(farm=farm, as_of=messages.stamp(at), servers=labels)
    kinds = {request.kind} if request.kind else {kind.name for kind in KINDS} - _PASSING
    for row in _rows(sides, labels, kinds):
        if row.differs or not request.only_differences:
            response.facts.append(row)
    return response


def _side(connection: Connection, farm: str, at: datetime, asked: query_pb2.ComparedSide) -> Side:
    name, when = asked.farm or farm, asked.at.ToDatetime(tzinfo=UTC) if asked.HasField("at") else at
    if name not in farms(connection):
        raise NotFoundError(f"there is no farm '{name[:200]}'; there is: {', '.join(farms(connection)) or 'none'}")
    view = farm_as_of(connection, name, when)
    then = f" at {when:%Y-%m-%d %H:%M}Z" if asked.HasField("at") else ""
    if not asked.server:
        return Side(label=f"{name}{then}", farm=view, servers=view.servers)
    found = tuple(server for server in view.servers if server.name.lower() == asked.server.lower())
    if not found:
        has = ", ".join(server.name for server in view.servers) or "none"
        raise InvalidRequestError(f"servers: {name}{then} has no {asked.server[:200]}; it has {has}")
    of = f" of {name}" if asked.farm else ""
    return Side(label=f"{found[0].name}{of}{then}", farm=view, servers=found)


def _of_role(side: Side, role: str) -> Side:
    return Side(label=side.label, farm=side.farm, servers=tuple(one for one in side.servers if one.role == role))


def _apart(labels: list[str]) -> list[str]:
    """Return labels of which no two are the same."""
    return [f"{one} ({labels[: n + 1].count(one)})" if labels.count(one) > 1 else one for n, one in enumerate(labels)]


def _rows(sides: list[Side], labels: list[str], kinds: set[str]) -> Iterator[query_pb2.ComparedFact]:
    held = [_held(side, kinds) for side in sides]
    one_farm = len({side.farm.name for side in sides}) == 1
    for name in sorted({name for one in held for name in one}, key=lambda one: (one[0], one[2], one[1] or "")):
        kind, context, key = name
        cells = [_cell(side, its, name, one_farm=one_farm) for side, its in zip(sides, held, strict=True)]
        known = {(state, digest) for state, digest, _ in cells if state != "unknown"}
        row = query_pb2.ComparedFact(kind=kind, context=CONTEXT_BY_NAME[context], key=key, differs=len(known) > 1)
        for label, (state, digest, text) in zip(labels, cells, strict=True):
            row.values.add(server=label, state=state, digest=digest, text=text)
        yield row


def _held(side: Side, kinds: set[str]) -> dict[_Name, list[Held]]:
    found: dict[_Name, list[Held]] = {}
    for server in side.servers:
        for kind in kinds & server.facts.keys():
            for held in server.facts[kind]:
                found.setdefault((kind, held.context, held.key), []).append(held)
    return found


def _cell(side: Side, held: Mapping[_Name, list[Held]], name: _Name, *, one_farm: bool) -> tuple[str, str, str]:
    """Return state, digest and words of what a side has; servers of one side may have different things.

    That not all of its servers have it is a difference, too; which of them do counts where they are the same ones.
    """
    its = held.get(name, [])
    if not its:
        return _lacking(side, name)
    told = sorted({(substance(one).hex(), describe(one.fact)) for one in its})
    words = told[0][1] if len(told) == 1 else f"{len(told)} different: " + "; ".join(text for _, text in told[:3])
    if len(its) < len(side.servers):
        words += f" (on {len(its)} of {len(side.servers)} servers)"
    digests = [digest for digest, _ in told]
    if len(its) < len(side.servers):
        digests += sorted(one.server for one in its) if one_farm else ["some"]
    return "present", " ".join(digests), words


def _lacking(side: Side, name: _Name) -> tuple[str, str, str]:
    kind, context, key = name
    part = part_of(KIND_BY_NAME[kind], key)
    known = {server.ask(kind, part=part, context=context).knowledge for server in side.servers}
    if not known or Knowledge.UNKNOWN in known:
        return "unknown", "", ""
    return "absent", "", ""
