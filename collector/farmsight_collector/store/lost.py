"""Reports that were acknowledged once and are not in this store: a stretch of each slot that is not known.

A store put back from a copy lacks what came after the copy, and the agents
have dropped it from their spools when it was acknowledged. Such a stretch is
a run that could not look: what was so before is carried through it, and
coverage alone shows that nobody knows.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import coverage, schema
from farmsight_collector.store.coverage import Run
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.digests import part_digest

REASON: Final = "reports-lost"
_OUTCOME: Final = telemetry_pb2.PROBE_OUTCOME_UNAVAILABLE
_DIGEST: Final = part_digest(_OUTCOME, REASON, ())
_columns = schema.coverage.c


def is_stretch(run: Run) -> bool:
    """Tell whether a run is such a stretch."""
    return run.reason == REASON and run.digest == _DIGEST


def begin(connection: Connection, server_id: int, since: datetime, at: datetime, detail: str) -> int:
    """Begin a stretch on every slot of a server, none before its last sign; return on how many."""
    query = (
        select(*(_columns[name] for name in ("farm_id", *Run._fields)))
        .join(schema.slots, (schema.slots.c.farm_id == _columns.farm_id) & (schema.slots.c.id == _columns.slot_id))
        .where(schema.slots.c.server_id == server_id, _columns.ended == schema.OPEN)
    )
    found = [(row.farm_id, Run._make(row[1:])) for row in connection.execute(query)]
    rows = [_row(farm, run, micros(since), micros(at), detail) for farm, run in found if not is_stretch(run)]
    coverage.end(connection, list(_ends(found, rows)))
    coverage.add(connection, rows)
    return len(rows)


def end(connection: Connection, farm_id: int, run: Run) -> None:
    """Take the stretch back that is the newest run of its slot: the agent answers for what was so before it."""
    before = coverage.neighbours(connection, farm_id, run.slot_id, run.began).before
    coverage.remove(connection, farm_id, run.slot_id, run.began)
    if before is not None:
        name = {"of_farm": farm_id, "of_slot": run.slot_id, "of_began": before.began}
        coverage.end(connection, [{**name, "ends": schema.OPEN}])


def _ends(found: Iterable[tuple[int, Run]], rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    began = {(farm, run.slot_id): run.began for farm, run in found}
    for row in rows:
        name = row["farm_id"], row["slot_id"]
        yield {"of_farm": name[0], "of_slot": name[1], "of_began": began[name], "ends": row["began"]}


def _row(farm_id: int, run: Run, since: int, at: int, detail: str) -> dict[str, Any]:
    began = max(run.began, run.covered_until, since) + 1
    return {
        "farm_id": farm_id,
        "slot_id": run.slot_id,
        "began": began,
        "ended": schema.OPEN,
        "covered_until": max(began, at),
        "known": False,
        "outcome": _OUTCOME,
        "reason": REASON,
        "detail": detail,
        "source": "collector",
        "digest": _DIGEST,
        "fact_count": 0,
        "cadence_us": run.cadence_us,
        "rank": "",  # any report of the same instant counts for more
    }
