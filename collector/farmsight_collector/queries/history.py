"""What was so, from when until when."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.model.words import describe
from farmsight_collector.queries import messages
from farmsight_collector.queries.findings import DEFAULT_PAGE, LARGEST_PAGE, first_of_page
from farmsight_collector.store.history import Interval, Wanted, intervals
from farmsight_wire.v1 import facts_pb2, query_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

DEFAULT_SPAN = timedelta(days=7)


def answer(
    connection: Connection, farm: str, at: datetime, request: query_pb2.ListHistoryRequest
) -> query_pb2.ListHistoryResponse:
    """Return one page of intervals, newest first."""
    if request.kind and request.kind not in KIND_BY_NAME:
        raise InvalidRequestError(f"kind: there is no kind '{request.kind}'")
    first = first_of_page(request.page_token)
    size = min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE)
    wanted = Wanted(
        farm=farm,
        begin=beginning(request, at - DEFAULT_SPAN),
        end=at,
        server=request.server,
        kind=request.kind,
        key_contains=request.key_contains,
    )
    found = intervals(connection, wanted, skip=first, limit=size + 1)
    more = str(first + size) if len(found) > size else ""
    return query_pb2.ListHistoryResponse(farm=farm, intervals=map(message, found[:size]), next_page_token=more)


def beginning(request: object, otherwise: datetime) -> datetime:
    """Return a request's field `from`, a word of Python, or another instant when it is not set."""
    stamp = getattr(request, "from")
    return stamp.ToDatetime(tzinfo=UTC) if stamp.seconds or stamp.nanos else otherwise


def message(interval: Interval) -> query_pb2.FactInterval:
    """Return an interval as a message."""
    fact = facts_pb2.Fact.FromString(interval.value)
    return query_pb2.FactInterval(
        server=interval.server,
        kind=interval.kind,
        context=fact.context,
        key=interval.key,
        began=messages.stamp(interval.began),
        ended=messages.stamp(interval.ended),
        text=describe(fact),
        digest=interval.digest.hex(),
        fact=fact,
    )
