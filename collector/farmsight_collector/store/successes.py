"""When a fetch that fails now succeeded last."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import moment
from farmsight_collector.store import schema
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME

_LOOKED_AT: Final = 50  # intervals back: a URL that fails in ever new ways is not followed for ever
_facts, _slots, _runs = schema.facts.c, schema.slots.c, schema.coverage.c


class _Fetch(NamedTuple):
    farm_id: int
    slot_id: int
    ended: int
    value: bytes


def last_success(connection: Connection, farm: str, server: str, context: str, key: str) -> datetime | None:
    """Return until when the fetch was seen to succeed; None when it is not known that it ever did."""
    for one in _fetches(connection, farm, server, context, key):
        if facts_pb2.Fact.FromString(bytes(one.value)).retrieval.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK:
            of_slot = (_runs.farm_id == one.farm_id) & (_runs.slot_id == one.slot_id)
            query = select(_runs.covered_until).where(of_slot, _runs.began < one.ended)
            seen = connection.scalar(query.order_by(_runs.began.desc()).limit(1))
            return None if seen is None else moment(min(seen, one.ended))
    return None


def _fetches(connection: Connection, farm: str, server: str, context: str, key: str) -> Iterator[_Fetch]:
    query = (
        select(_facts.farm_id, _facts.slot_id, _facts.ended, _facts.value)
        .join(schema.slots, (_slots.id == _facts.slot_id) & (_slots.farm_id == _facts.farm_id))
        .join(schema.servers, schema.servers.c.id == _slots.server_id)
        .join(schema.farms, schema.farms.c.id == schema.servers.c.farm_id)
        .where(schema.farms.c.name == farm, schema.servers.c.name == server)
        .where(_slots.probe == "retrievals", _slots.context == int(CONTEXT_BY_NAME[context]))
        .where(_facts.kind == "retrieval", _facts.key == key, _facts.ended < schema.OPEN)
        .order_by(_facts.began.desc())
        .limit(_LOOKED_AT)
    )
    yield from map(_Fetch._make, connection.execute(query))
