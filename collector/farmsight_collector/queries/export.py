"""Everything of a kind, as of an instant."""

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.model.view import Held
from farmsight_collector.model.words import describe
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME


def items(picture: Evaluated, request: query_pb2.ExportRequest) -> list[query_pb2.ExportResponse]:
    """Return all facts or all findings."""
    if request.what == "findings":
        return [query_pb2.ExportResponse(finding=messages.finding(one)) for one in picture.evaluation.findings]
    if request.what == "facts":
        return [
            query_pb2.ExportResponse(fact=interval(held))
            for server in picture.farm.servers
            for kind in sorted(server.facts)
            for held in server.facts[kind]
        ]
    raise InvalidRequestError(f"what: 'facts' or 'findings', not '{request.what}'")


def interval(held: Held) -> query_pb2.FactInterval:
    """Return a fact that is held at the instant as an interval that is still open."""
    return query_pb2.FactInterval(
        server=held.server,
        kind=held.kind,
        context=CONTEXT_BY_NAME[held.context],
        key=held.key,
        began=messages.stamp(held.began),
        text=describe(held.fact),
        digest=held.digest.hex(),
        fact=held.fact,
    )
