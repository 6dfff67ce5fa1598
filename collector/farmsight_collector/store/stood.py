"""What stood at some time in a span and does not any more at its end: the last of each key."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema

_facts, _slots, _servers = schema.facts.c, schema.slots.c, schema.servers.c


@dataclass(frozen=True, kw_only=True)
class Stood:
    """One fact that ended; `value` is the serialised Fact."""

    server: str
    role: str
    context: int  # the number of the wire's enum
    kind: str
    key: str
    digest: bytes
    value: bytes
    began: datetime


def ended_within(
    connection: Connection, farm: str, kinds: Collection[str], begin: datetime, end: datetime, *, limit: int
) -> list[Stood]:
    """Return facts of some kinds that ended within (begin, end]; of more than `limit` those that ended last."""
    of_farm = select(schema.farms.c.id).where(schema.farms.c.name == farm).scalar_subquery()
    last = (
        select(_facts.slot_id, _facts.kind, _facts.key, func.max(_facts.ended).label("ended"))
        .where(_facts.farm_id == of_farm, _facts.kind.in_(sorted(kinds)))
        .where(_facts.ended > micros(begin), _facts.ended <= micros(end))
        .group_by(_facts.slot_id, _facts.kind, _facts.key)
        .order_by(func.max(_facts.ended).desc(), _facts.slot_id, _facts.kind, _facts.key)
        .limit(limit)
        .subquery()
    )
    query = (
        select(_servers.name, _servers.role, _slots.context, _facts.kind, _facts.key, _facts.digest, _facts.value,
               _facts.began)
        .select_from(last)
        .join(
            schema.facts,
            (_facts.farm_id == of_farm)
            & (_facts.slot_id == last.c.slot_id)
            & (_facts.kind == last.c.kind)
            & (_facts.key == last.c.key)
            & (_facts.ended == last.c.ended),
        )
        .join(schema.slots, _slots.id == _facts.slot_id)
        .join(schema.servers, _servers.id == _slots.server_id)
        .order_by(_servers.name, _facts.kind, _facts.key, _slots.context)
    )  # fmt: skip
    return [
        Stood(
            server=row.name,
            role=row.role,
            context=row.context,
            kind=row.kind,
            key=row.key,
            digest=bytes(row.digest),
            value=bytes(row.value),
            began=moment(row.began),
        )
        for row in connection.execute(query)
    ]
