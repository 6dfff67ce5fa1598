"""What changed between two instants: facts that began and ended, findings that opened and closed."""

from datetime import datetime

from sqlalchemy.engine import Connection

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.model.diff import difference
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import evaluated
from farmsight_collector.queries.export import interval
from farmsight_collector.queries.history import beginning
from farmsight_wire.v1 import query_pb2


def answer(connection: Connection, farm: str, at: datetime, request: query_pb2.DiffRequest) -> query_pb2.DiffResponse:
    """Compare the farm as of two instants; the rules of today judge both."""
    begin = beginning(request, at)
    if begin >= at:
        raise InvalidRequestError("from: give an instant before the other one")
    earlier, later = evaluated(connection, farm, begin), evaluated(connection, farm, at)
    changed = difference(earlier.farm, later.farm)
    before = {one.id for one in earlier.evaluation.findings}
    after = {one.id for one in later.evaluation.findings}
    response = query_pb2.DiffResponse(
        farm=farm,
        to=messages.stamp(at),
        began=map(interval, changed.began),
        ended=map(interval, changed.ended),
        opened=[messages.finding(one) for one in later.evaluation.findings if one.id not in before],
        closed=[messages.finding(one) for one in earlier.evaluation.findings if one.id not in after],
    )
    getattr(response, "from").FromDatetime(begin)
    return response
