"""Puts a report into the past of its slot, between runs that are known already."""

from typing import TypeAlias

from sqlalchemy.engine import Connection

from farmsight_collector.ingest.checked import Identity
from farmsight_collector.ingest.place import OBSERVED, BaseUnknownError, Placed, run_row
from farmsight_collector.store import coverage, facts, slots
from farmsight_collector.store.coverage import Neighbours
from farmsight_collector.store.facts import FactRow
from farmsight_collector.store.schema import OPEN

State: TypeAlias = dict[Identity, tuple[bytes, bytes]]  # digest and serialised fact


def insert(connection: Connection, one: Placed) -> bool:
    """Apply a report that is not the newest of its slot; tell whether anything is different now.

    Of two runs of one instant the one with the higher rank counts. Raises
    BaseUnknownError.
    """
    around = coverage.neighbours(connection, one.farm_id, one.slot_id, one.began)
    if around.there is not None and around.there.rank >= one.rank:
        return False
    until = OPEN if around.known_after is None else around.known_after.began
    rows = facts.touching(connection, one.farm_id, one.slot_id, one.began, until)
    state = _state(around, rows, one)
    changed = facts.replace(connection, one.farm_id, rows, painted(one.slot_id, rows, one.began, until, state))
    _insert_run(connection, around, one)
    slots.note_rewritten(connection, one.slot_id)
    return changed or around.after is None


def painted(slot_id: int, rows: list[FactRow], begin: int, end: int, state: State) -> list[FactRow]:
    """Return the rows of a slot once `state` holds in [begin, end) and nothing else does."""
    pieces = [
        row._replace(began=max(row.began, low), ended=min(row.ended, high))
        for row in rows
        for low, high in ((row.began, begin), (end, row.ended))
        if max(row.began, low) < min(row.ended, high)
    ]
    pieces += [
        FactRow(slot_id, identity.kind, identity.key, begin, end, digest, data)
        for identity, (digest, data) in state.items()
    ]
    return _merged(pieces)


def _merged(pieces: list[FactRow]) -> list[FactRow]:
    """Join pieces of one value that touch."""
    merged: list[FactRow] = []
    for piece in sorted(pieces, key=lambda row: (row.kind, row.key, row.began)):
        last = merged[-1] if merged else None
        if (
            last is not None
            and (last.kind, last.key, last.digest) == (piece.kind, piece.key, piece.digest)
            and last.ended == piece.began
        ):
            merged[-1] = last._replace(ended=piece.ended)
        else:
            merged.append(piece)
    return merged


def _state(around: Neighbours, rows: list[FactRow], one: Placed) -> State:
    """Return what is so from the report's instant on."""
    checked = one.checked
    just_before = _alive([row for row in rows if row.began < one.began <= row.ended])
    if not checked.known:  # nothing is learnt: what was so is carried on
        return just_before if around.known_before is not None else {}
    given: State = {identity: (value.digest, value.data) for identity, value in checked.entries.items()}
    if checked.report.full:
        return given
    state = {**_base(around, rows, just_before, one), **given}
    for identity in checked.removed:
        state.pop(identity, None)
    if len(state) != checked.report.fact_count:
        raise BaseUnknownError("fact_count: the change does not add up")
    return state


def _base(around: Neighbours, rows: list[FactRow], just_before: State, one: Placed) -> State:
    digest = one.checked.report.base_digest
    at_once = _alive([row for row in rows if row.began <= one.began < row.ended])
    for run, state in (
        (around.there, at_once),
        (around.before, just_before),
        (around.known_before, just_before),
    ):
        if run is not None and run.digest == digest:
            return state if run.outcome == OBSERVED else {}
    raise BaseUnknownError("base_digest: not of the state before")


def _alive(rows: list[FactRow]) -> State:
    return {Identity(row.kind, row.key): (bytes(row.digest), row.value) for row in rows}


def _insert_run(connection: Connection, around: Neighbours, one: Placed) -> None:
    if around.there is not None:
        coverage.remove(connection, one.farm_id, one.slot_id, one.began)
    elif around.before is not None:
        before = {"of_farm": one.farm_id, "of_slot": one.slot_id, "of_began": around.before.began}
        coverage.end(connection, [{**before, "ends": one.began}])
        coverage.shorten(connection, one.farm_id, one.slot_id, around.before.began, one.began)
    coverage.add(connection, [run_row(one, OPEN if around.after is None else around.after.began)])
