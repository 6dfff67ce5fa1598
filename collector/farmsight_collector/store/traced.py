"""Users' certificates that somebody traced: the public part, by its SHA-256, so that an address can name it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import farms, schema
from farmsight_collector.store.rows import storable

MOST: Final = 2000  # of one farm; the oldest make room
_columns = schema.traced.c


@dataclass(frozen=True, kw_only=True)
class TracedRow:
    """One certificate."""

    sha256: bytes
    subject: str
    actor: str
    at: datetime


def put(connection: Connection, farm: str, der: bytes, *, subject: str, actor: str, at: datetime) -> bytes:
    """Keep a certificate and return its SHA-256; one that is here already is only noted anew."""
    farm_id, sha256 = farms.ensure_farm(connection, farm), hashlib.sha256(der).digest()
    here = (_columns.farm_id == farm_id) & (_columns.sha256 == sha256)
    connection.execute(delete(schema.traced).where(here))
    row = {"sha256": sha256, "der": der, "subject": storable(subject), "actor": storable(actor), "at": micros(at)}
    connection.execute(schema.traced.insert().values(farm_id=farm_id, **row))
    newest = select(_columns.at).where(_columns.farm_id == farm_id).order_by(_columns.at.desc())
    last = connection.scalar(newest.offset(MOST).limit(1))
    if last is not None:
        connection.execute(delete(schema.traced).where(_columns.farm_id == farm_id, _columns.at <= last))
    return sha256


def get(connection: Connection, farm: str, sha256: bytes) -> bytes | None:
    """Return the certificate in DER, None where it is not kept (any more)."""
    query = select(_columns.der).join(schema.farms, schema.farms.c.id == _columns.farm_id)
    der = connection.scalar(query.where(schema.farms.c.name == farm, _columns.sha256 == sha256))
    return None if der is None else bytes(der)


def latest(connection: Connection, farm: str, count: int) -> list[TracedRow]:
    """Return those that were traced last."""
    query = select(_columns.sha256, _columns.subject, _columns.actor, _columns.at)
    query = query.join(schema.farms, schema.farms.c.id == _columns.farm_id).where(schema.farms.c.name == farm)
    rows = connection.execute(query.order_by(_columns.at.desc()).limit(count))
    return [TracedRow(sha256=bytes(r.sha256), subject=r.subject, actor=r.actor, at=moment(r.at)) for r in rows]
