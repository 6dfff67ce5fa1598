"""What is wrong with a farm as of an instant."""

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_wire.v1 import query_pb2

DEFAULT_PAGE, LARGEST_PAGE = 500, 5000


def answer(picture: Evaluated, request: query_pb2.ListFindingsRequest) -> query_pb2.ListFindingsResponse:
    """Return one page of the findings that match; servers and unknowns come with the first page."""
    response = query_pb2.ListFindingsResponse(farm=picture.farm.name, as_of=messages.stamp(picture.farm.as_of))
    told = [
        *map(messages.finding, picture.evaluation.findings),
        *map(messages.stored_finding, picture.carried),
    ]
    matching = [one for one in told if _matches(one, request)]
    first = first_of_page(request.page_token)
    size = min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE)
    response.findings.extend(matching[first : first + size])
    if first + size < len(matching):
        response.next_page_token = str(first + size)
    if first == 0:
        response.servers.extend(map(messages.server_state, picture.farm.servers))
        response.unknown.extend(messages.unknown_items(picture.farm.servers, picture.evaluation.unknown))
    return response


def _matches(one: query_pb2.Finding, request: query_pb2.ListFindingsRequest) -> bool:
    return (
        one.severity >= request.at_least
        and (not request.code or one.code == request.code or one.code.startswith(request.code.rstrip(".") + "."))
        and (not request.server or request.server.lower() in map(str.lower, one.servers))
    )


def first_of_page(page_token: str) -> int:
    """Return the position that a page token stands for; raises InvalidRequestError."""
    if not page_token:
        return 0
    if not page_token.isdecimal() or len(page_token) > 9:
        raise InvalidRequestError("page_token: not one that this collector gave")
    return int(page_token)
