"""A farm as of an instant with what the rules say of it: what most questions start from."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp
from farmsight_collector.correlate.causes import fold
from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.model.build import farm_as_of, farms
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import Evaluation, evaluate
from farmsight_collector.store.findings import FindingRow, findings_as_of, undecided
from farmsight_wire.v1 import query_pb2

EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)  # nothing is known of before, and spans can be counted back from it
CLOCKS_APART: Final = timedelta(minutes=5)  # a command line's machine and the collector's: Kerberos allows no more


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """The picture, and the findings in it."""

    farm: Farm
    evaluation: Evaluation
    carried: tuple[FindingRow, ...] = ()  # open still, because no one could tell that they are over


def farm_name(connection: Connection, scope: query_pb2.Scope) -> str:
    """Return the farm that is asked about; raises when it is not here, or not said and not the only one."""
    names = farms(connection)
    if scope.farm:
        if scope.farm not in names:
            raise NotFoundError(f"there is no farm '{scope.farm}'; there is: {', '.join(names) or 'none'}")
        return scope.farm
    if len(names) != 1:
        raise InvalidRequestError(f"say which farm: {', '.join(names) or 'there is none yet'}")
    return names[0]


def instant(scope: query_pb2.Scope, now: datetime) -> datetime:
    """Return the instant that is asked about; raises InvalidRequestError.

    What another machine's clock calls now is now.
    """
    if not scope.HasField("as_of"):
        return now
    try:
        at = from_timestamp(scope.as_of)
    except ValueError as error:
        raise InvalidRequestError(f"at: {error}") from error
    return now if now < at <= now + CLOCKS_APART else lived(at, now)


def lived(at: datetime, now: datetime) -> datetime:
    """Return an instant that a collector may have lived through; raises InvalidRequestError for any other."""
    if at > now:
        raise InvalidRequestError(f"at: {at:%Y-%m-%d %H:%MZ} has not been yet; it is {now:%Y-%m-%d %H:%MZ}")
    if at < EARLIEST:
        raise InvalidRequestError(f"at: {at.isoformat()[:10]} is before any collector ran; from {EARLIEST:%Y} on")
    return at


def evaluated(connection: Connection, name: str, at: datetime) -> Evaluated:
    """Return the farm and its folded findings as of an instant.

    The rules of today run on the facts of then. Where the store has watched
    the condition, `since` is when it was seen to open.
    """
    farm = farm_as_of(connection, name, at)
    evaluation = fold(evaluate(farm, RULES))
    stored = {row.id: row for row in findings_as_of(connection, name, at)}
    findings = tuple(
        replace(one, since=stored[one.id].since) if one.id in stored else one for one in evaluation.findings
    )
    found = {one.id for one in findings}
    carried = tuple(row for row in stored.values() if row.id not in found and undecided(row, evaluation.unknown))
    return Evaluated(farm=farm, evaluation=replace(evaluation, findings=findings), carried=carried)
