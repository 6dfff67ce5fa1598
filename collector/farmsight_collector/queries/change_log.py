"""The change log of a farm as messages, with who saw each change, and the first change before the first failure."""

from bisect import bisect_right
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.queries import instants, messages
from farmsight_collector.queries.changes import AGENTS, Change, Wanted, log
from farmsight_collector.queries.history import begun
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store import agents
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_NAME

DEFAULT_SPAN: Final = timedelta(days=7)
DEFAULT_PAGE, LARGEST_PAGE = 200, 2000
OF: Final = ("facts", "findings", "agents")
_OF_KIND: Final = {"finding": "finding", AGENTS: "agent"}
_AGENT_CHANGE: Final = {"agent": "came-or-left"}
Saw = Callable[[str, datetime], str]


def answer(
    connection: Connection, farm: str, at: datetime, request: query_pb2.ListChangesRequest
) -> query_pb2.ListChangesResponse:
    """Return one page of changes, the last first; raises InvalidRequestError."""
    _check(request)
    begin = begun(request, at, DEFAULT_SPAN)
    end = _end(request.page_token, at)
    wanted = Wanted(
        farm=farm,
        begin=begin,
        end=end,
        server=request.server,
        kind=_kind(request),
        context=request.context,
        text=request.contains,
        least=Severity(request.at_least) if request.at_least else Severity.INFO,
    )
    found = log(connection, wanted, size=min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE))
    first = instants.message(connection, farm, at) if not request.page_token else None
    response = query_pb2.ListChangesResponse(
        farm=farm,
        to=messages.stamp(at),
        next_page_token="" if found.earlier is None else str(micros(found.earlier)),
        first_failure=first,
    )
    getattr(response, "from").FromDatetime(begin)
    saw = _saw(connection, farm)
    mark = _marked(first or instants.message(connection, farm, at))
    for one in found.changes:
        if not request.of or f"{_OF_KIND.get(one.kind, 'fact')}s" in request.of:
            response.changes.append(message(one, saw, before_failure=(mark is not None and _name(one) == mark)))
    return response


def message(one: Change, saw: Saw, *, before_failure: bool = False) -> query_pb2.Change:
    """Return a change as a message; `saw` names the agent of a server at an instant."""
    of = _OF_KIND.get(one.kind, "fact")
    return query_pb2.Change(
        at=messages.stamp(one.at),
        of=of,
        change=_AGENT_CHANGE.get(one.what, one.what),
        servers=one.servers,
        kind=one.kind if of == "fact" else "",
        context=CONTEXT_BY_NAME[one.context],
        key="" if of == "finding" else one.key,
        text=one.text,
        code=one.key if of == "finding" else "",
        finding=one.finding,
        severity=messages.SEVERITIES[one.severity] if one.severity else query_pb2.SEVERITY_UNSPECIFIED,
        agent=saw(one.servers[0], one.at) if of == "fact" else "",
        source=one.seen_by,
        before_failure=before_failure,
    )


def _check(request: query_pb2.ListChangesRequest) -> None:
    unheard = set(request.of) - set(OF)
    if unheard:
        raise InvalidRequestError(f"of: {', '.join(OF)}; not {', '.join(sorted(unheard))[:100]}")
    if request.kind and request.kind not in KIND_BY_NAME:
        raise InvalidRequestError(f"kind: there is no kind '{request.kind[:100]}'")
    if request.context and request.context not in CONTEXT_BY_NAME:
        raise InvalidRequestError(f"context: there is no context '{request.context[:100]}'")


def _kind(request: query_pb2.ListChangesRequest) -> str:
    only: Collection[str] = set(request.of)
    if request.kind:
        return request.kind
    return {"findings": "finding", "agents": AGENTS}.get(next(iter(only)), "") if len(only) == 1 else ""


def _end(token: str, at: datetime) -> datetime:
    if not token:
        return at
    if not token.isdecimal() or len(token) > 18:
        raise InvalidRequestError("page_token: not one that this collector gave")
    return min(moment(int(token)), at)


def _saw(connection: Connection, farm: str) -> Saw:
    """Return who spoke for a server at an instant: the agent that was let in last before it."""
    voices: dict[str, list[tuple[datetime, str]]] = {}
    for row in agents.agents(connection, farm):
        voices.setdefault(row.server, []).append((row.enrolled, row.id))

    def saw(server: str, at: datetime) -> str:
        its = voices.get(server, [])
        place = bisect_right([enrolled for enrolled, _ in its], at)
        return its[max(place - 1, 0)][1] if its else ""

    return saw


def _marked(first: query_pb2.FirstFailure | None) -> tuple[object, ...] | None:
    if first is None or not first.HasField("change"):
        return None
    change = first.change
    return change.server, change.kind, change.context, change.key, change.at.ToMicroseconds()


def _name(one: Change) -> tuple[object, ...]:
    server = one.servers[0] if one.servers else ""
    return server, one.kind, CONTEXT_BY_NAME[one.context], one.key, micros(one.at)
