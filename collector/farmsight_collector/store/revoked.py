"""Who was revoked lately: asked every few seconds, whatever the number of agents."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema


def revoked_since(connection: Connection, since: datetime) -> set[str]:
    """Return the ids of agents that were revoked at or after an instant."""
    columns = schema.revocations.c
    return set(connection.scalars(select(columns.agent_id).where(columns.at >= micros(since))))
