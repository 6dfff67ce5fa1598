"""Removes blobs that no fact names any more."""

import time
from datetime import datetime

from sqlalchemy import delete, select

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_collector.store.blob_names import blobs_named_by
from farmsight_collector.store.engine import Store
from farmsight_collector.store.rows import chunks
from farmsight_wire.v1 import facts_pb2

BLOBS_AT_ONCE = 20  # they are large
_blobs, _facts = schema.blobs.c, schema.facts.c


def sweep(store: Store, before: datetime, pause_s: float) -> int:
    """Remove blobs that are named by no fact and were last named by a new one before an instant."""
    with store.read() as connection:
        old = {bytes(s) for s in connection.scalars(select(_blobs.sha256).where(_blobs.added < micros(before)))}
        if not old:
            return 0
        slots = connection.execute(select(schema.slots.c.farm_id, schema.slots.c.id)).all()
    for farm_id, slot_id in slots:  # a short read each: a long one would hold back SQLite's checkpoints
        query = select(_facts.value).where(_facts.farm_id == farm_id, _facts.slot_id == slot_id)
        with store.read() as connection:
            for value in connection.scalars(query):
                old.difference_update(blobs_named_by(facts_pb2.Fact.FromString(bytes(value))))
    for some in chunks(sorted(old), BLOBS_AT_ONCE):
        with store.write() as connection:
            connection.execute(delete(schema.blobs).where(_blobs.sha256.in_(some), _blobs.added < micros(before)))
        time.sleep(pause_s)
    return len(old)
