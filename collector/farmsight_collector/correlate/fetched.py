"""What it means that one URL gives different answers to servers, accounts or addresses."""

from collections.abc import Iterable, Sequence

from farmsight_collector.correlate.alike import Line
from farmsight_collector.correlate.cells import Cell, values_of
from farmsight_collector.model.view import Farm
from farmsight_collector.model.words import enum_word, names
from farmsight_collector.pki.crl_numbers import crl_number
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2

_OK = facts_pb2.RETRIEVAL_OUTCOME_OK
_UNTOLD = frozenset({facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN, facts_pb2.RETRIEVAL_OUTCOME_UNSPECIFIED})


def fetched_differently(_farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    """Return how bad it is that a URL does not answer these servers alike."""
    asked = [cell for cell in known if cell.held is not None and cell.held.value.outcome not in _UNTOLD]
    failing = [cell for cell in asked if cell.held and cell.held.value.outcome != _OK]
    if failing and len(failing) < len(asked) and failing[0].held is not None:
        word = enum_word(failing[0].held.value, "outcome")
        return line.severity, f"{names([c.server.name for c in failing])} can't have it ({word}), others can"
    told = crls_told(values_of(asked))
    if told:
        return told
    if any(cell.held is None for cell in known):
        return Severity.INFO, "not all of them ask for it"
    return Severity.INFO, "the same answer, by another way"


def crls_told(values: Iterable[facts_pb2.Retrieval]) -> tuple[Severity, str] | None:
    """Return how bad it is that these answers of one URL are not one CRL, or None when they are."""
    fetched = [value for value in values if value.outcome == _OK and (value.HasField("crl") or value.body_sha256)]
    numbers = {number for value in fetched if (number := crl_number(value.crl.number)) is not None}
    if len(numbers) > 1:
        old = [value for value in fetched if crl_number(value.crl.number) == min(numbers)]
        where = sorted({hop.address for value in old for hop in value.hops if hop.address})
        by = f" (the older by {', '.join(where[:3])})" if where else ""
        return Severity.WARNING, f"it serves the CRL numbers {_listed(numbers)}{by}: a copy that lags, or a cache"
    if len({value.body_sha256 for value in fetched if value.body_sha256}) > 1:
        return Severity.INFO, "one number and other bytes: the same CRL, signed or wrapped twice"
    return None


def _listed(numbers: Iterable[int]) -> str:
    return " and ".join(str(number) for number in sorted(numbers)[-3:])
