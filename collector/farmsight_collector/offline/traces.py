"""What becomes of the users' certificates that were handed in, on the farm that the evidence shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from farmsight_collector.offline.user_certificate import Given, UserCertificateError, read
from farmsight_collector.queries import trace as question
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.signin.walk import traced
from farmsight_wire.v1 import query_pb2


@dataclass(frozen=True, kw_only=True)
class Traced:
    """The trace of one file's certificate, as the query service would answer."""

    file: str
    answer: query_pb2.TraceResponse


def traces(
    files: Sequence[Path], picture: Evaluated, progress: Callable[[str, int, int], None]
) -> tuple[tuple[Traced, ...], tuple[str, ...]]:
    """Return the traces of these files, each certificate once, and why there is none of the others."""
    found: dict[bytes, Traced] = {}
    troubles: list[str] = []
    for done, file in enumerate(files, 1):
        progress("tracing", done, len(files))
        try:
            given = read(file)
        except UserCertificateError as error:
            troubles.append(f"no trace: {error}")
            continue
        if given.der not in found:
            found[given.der] = Traced(file=file.name, answer=_traced(given, picture))
    return tuple(found.values()), tuple(troubles)


def _traced(given: Given, picture: Evaluated) -> query_pb2.TraceResponse:
    answer = question.message(traced(picture.farm, picture.evaluation, given.leaf))
    notes = dict.fromkeys((*given.notes, *answer.notes))
    del answer.notes[:]
    answer.notes.extend(notes)
    return answer
