"""Where a report belongs, and the rows that it becomes."""

from typing import Any, Final, NamedTuple

from farmsight_collector.ingest.checked import Checked, Identity
from farmsight_collector.store.rows import storable
from farmsight_collector.store.schema import OPEN
from farmsight_wire.v1 import telemetry_pb2

ENDED: Final = 5  # where the row of a fact says when it ended
OBSERVED: Final = telemetry_pb2.PROBE_OUTCOME_OBSERVED


class BaseUnknownError(Exception):
    """A delta stands on a state that is not the one before it."""


class Placed(NamedTuple):
    """One report with where and when it belongs."""

    farm_id: int
    slot_id: int
    began: int
    rank: str
    checked: Checked


def fact_row(one: Placed, identity: Identity, digest: bytes, data: bytes) -> list[Any]:
    """Return the row of a fact, in the table's order, that is so from the report's instant to this day."""
    return [one.farm_id, one.slot_id, identity.kind, identity.key, one.began, OPEN, digest, data]


def run_row(one: Placed, ended: int) -> dict[str, Any]:
    """Return the row of the report's run."""
    report = one.checked.report
    cadence = report.cadence.seconds * 1_000_000 + report.cadence.nanos // 1000
    return {
        "farm_id": one.farm_id,
        "slot_id": one.slot_id,
        "began": one.began,
        "ended": ended,
        "covered_until": one.began,
        "known": one.checked.known,
        "outcome": report.outcome,
        "reason": storable(report.reason, 200),
        "detail": storable(report.detail),
        "source": storable(report.source, 1000),
        "digest": report.digest,
        "fact_count": report.fact_count,
        "cadence_us": cadence,
        "rank": one.rank,
    }
