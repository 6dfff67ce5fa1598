"""Which replicas live on this database, and which of them has claimed what; PostgreSQL only.

A replica lives as long as it renews one row; a claim belongs to a replica, and
is free as soon as that one is dead. All times are the database's, so that no
replica's clock matters. Nothing hangs on a session of the database, which a
pooler may share out or break: a claim is a row, and its generation tells one
holding from the next. Whoever writes by right of a claim proves it in the
transaction that writes (`prove`): the row stays locked until the commit, so
that a replica which was paused meanwhile writes nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from farmsight_collector.store import schema
from farmsight_collector.store.rows import insert_missing

NOBODY: Final = ""
_FORGOTTEN_US: Final = 3_600_000_000  # a dead replica's row is kept so long, for people who look
_claims, _replicas = schema.claims.c, schema.replicas.c
_NOW: Final = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)


@dataclass(frozen=True, kw_only=True)
class Replica:
    """One collector process."""

    id: str
    name: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Who has claimed something; `revision` grows with each change that was written by right of it."""

    holder: str
    generation: int
    revision: int


def renew(connection: Connection, replica: Replica, lease_s: float) -> bool:
    """Let a replica live for another lease; tell whether it was not alive just before."""
    alive = connection.scalar(select(_replicas.id).where(_replicas.id == replica.id, _replicas.until > _NOW))
    statement = insert(schema.replicas).values(
        id=replica.id, name=replica.name, version=replica.version, began=_NOW, until=_NOW + int(lease_s * 1e6)
    )
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"until": statement.excluded.until}))
    connection.execute(delete(schema.replicas).where(_replicas.until < _NOW - _FORGOTTEN_US))
    return alive is None


def leave(connection: Connection, replica_id: str) -> None:
    """Let a replica be dead at once; what it had claimed is free."""
    connection.execute(delete(schema.replicas).where(_replicas.id == replica_id))


def living(connection: Connection) -> list[Replica]:
    """Return the replicas that live, by id."""
    query = select(_replicas.id, _replicas.name, _replicas.version).where(_replicas.until > _NOW)
    rows = connection.execute(query.order_by(_replicas.id))
    return [Replica(id=row.id, name=row.name, version=row.version) for row in rows]


def claims(connection: Connection) -> dict[str, Claim]:
    """Return all claims by name, those of dead replicas among them."""
    query = select(_claims.name, _claims.holder, _claims.generation, _claims.revision)
    return {
        row.name: Claim(holder=row.holder, generation=row.generation, revision=row.revision)
        for row in connection.execute(query)
    }


def take(connection: Connection, replica_id: str, names: Collection[str]) -> list[str]:
    """Claim those of some names that are free; return them. What another is about to claim is left to it."""
    if not names:
        return []
    insert_missing(connection, schema.claims, [_new(name) for name in sorted(names)])
    free = (
        select(_claims.name)
        .where(_claims.name.in_(sorted(names)), _claims.holder != replica_id, _claims.holder.not_in(_alive()))
        .with_for_update(skip_locked=True)
    )
    statement = update(schema.claims).where(_claims.name.in_(free))
    taken = statement.values(holder=literal(replica_id), generation=_claims.generation + 1, since=_NOW)
    return sorted(connection.scalars(taken.returning(_claims.name)))


def release(connection: Connection, replica_id: str, names: Iterable[str]) -> None:
    """Give claims up."""
    mine = update(schema.claims).where(_claims.name.in_(sorted(names)), _claims.holder == replica_id)
    connection.execute(mine.values(holder=NOBODY, since=_NOW))


def prove(connection: Connection, replica_id: str, name: str, generation: int) -> bool:
    """Tell whether a claim is still this very holding, and let nobody take it before this transaction ends."""
    query = select(_claims.name).where(
        _claims.name == name, _claims.holder == replica_id, _claims.generation == generation
    )
    return connection.scalar(query.with_for_update()) is not None


def note_change(connection: Connection, name: str) -> None:
    """Note that something was written by right of a claim."""
    connection.execute(update(schema.claims).where(_claims.name == name).values(revision=_claims.revision + 1))


def progress_of_farms(connection: Connection) -> dict[str, int]:
    """Return a number for each farm that is another once any report of its agents was committed."""
    epochs, agents, servers, farms = (table.c for table in (schema.agent_epochs, schema.agents, schema.servers,
                                                            schema.farms))  # fmt: skip
    total = func.sum(epochs.durable_up_to + func.length(epochs.beyond))
    query = (
        select(farms.name, total)
        .select_from(schema.agent_epochs)
        .join(schema.agents, agents.id == epochs.agent_id)
        .join(schema.servers, servers.id == agents.server_id)
        .join(schema.farms, farms.id == servers.farm_id)
        .group_by(farms.name)
    )
    return {name: int(number) for name, number in connection.execute(query)}


def _alive() -> Any:  # noqa: ANN401 - a Select of one column
    return select(_replicas.id).where(_replicas.until > _NOW)


def _new(name: str) -> dict[str, Any]:
    return {"name": name, "holder": NOBODY, "generation": 0, "since": 0, "revision": 0}
