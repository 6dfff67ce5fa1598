"""The report as a question to a collector: its parts, and what stands for what in it."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.model.words import plain
from farmsight_collector.queries import trace
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.queries.questions import Asking
from farmsight_collector.report.collected import source
from farmsight_collector.report.made import made
from farmsight_collector.report.source import Traced
from farmsight_wire.v1 import query_pb2

PART: Final = 256 * 1024  # bytes of the page in one message
MOST_CERTIFICATES: Final = 20
LONGEST_NAME: Final = 255
_STAND_INS: Final = 1000  # in one message


def parts(asking: Asking, request: query_pb2.ReportRequest) -> list[query_pb2.ReportResponse]:
    """Return the page in parts; raises InvalidRequestError for certificates that are none, NotFoundError for a farm."""
    given = request.certificates
    if len(given) > MOST_CERTIFICATES:
        raise InvalidRequestError(f"certificates: {len(given)} are over {MOST_CERTIFICATES}")
    picture = asking.picture(request)
    traces = [_traced(picture, one) for one in given]
    done = made(source(asking, picture, traces), redact=request.redact)
    page = done.page.encode()
    answer = [query_pb2.ReportResponse(part=page[at : at + PART]) for at in range(0, len(page), PART)]
    names = iter(done.stand_ins.items() if done.stand_ins is not None else ())
    return [*answer, *_named(names)]


def _named(names: Iterator[tuple[str, tuple[str, ...]]]) -> Iterator[query_pb2.ReportResponse]:
    while some := list(islice(names, _STAND_INS)):
        yield query_pb2.ReportResponse(
            stand_ins=[query_pb2.StandIn(stand_in=name, stands_for=real) for name, real in some]
        )


def _traced(picture: Evaluated, given: query_pb2.ReportCertificate) -> Traced:
    answer = trace.answer(picture, query_pb2.TraceRequest(certificate=given.certificate))
    return Traced(file=plain(given.name[:LONGEST_NAME]) or "a user's certificate", answer=answer)
