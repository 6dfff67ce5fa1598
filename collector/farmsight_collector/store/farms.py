"""Farms and their servers."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from farmsight_collector.store import schema
from farmsight_collector.store.rows import insert_missing


@dataclass(frozen=True, kw_only=True)
class ServerRow:
    """One server of a farm."""

    id: int
    farm_id: int
    name: str
    role: str


def farms(connection: Connection) -> list[str]:
    """Return the names of all farms, sorted."""
    return list(connection.scalars(select(schema.farms.c.name).order_by(schema.farms.c.name)))


def farm_id(connection: Connection, name: str) -> int | None:
    """Return the id of a farm by name, None when there is no such farm."""
    return connection.scalar(select(schema.farms.c.id).where(schema.farms.c.name == name))


def farm_name(connection: Connection, farm: int) -> str:
    """Return the name of a farm that is here."""
    return str(connection.execute(select(schema.farms.c.name).where(schema.farms.c.id == farm)).scalar_one())


def ensure_farm(connection: Connection, name: str) -> int:
    """Return the id of the farm, made when it is new."""
    found = farm_id(connection, name)
    if found is None:
        insert_missing(connection, schema.farms, [{"name": name}])
        found = farm_id(connection, name)
    assert found is not None  # just made, or made by another at the same time
    return found


def servers(connection: Connection, farm: int) -> list[ServerRow]:
    """Return the servers of a farm by id, sorted by name."""
    columns = schema.servers.c
    query = select(columns.id, columns.farm_id, columns.name, columns.role)
    rows = connection.execute(query.where(columns.farm_id == farm).order_by(columns.name))
    return [ServerRow(id=r.id, farm_id=r.farm_id, name=r.name, role=r.role) for r in rows]


def ensure_server(connection: Connection, farm: int, name: str, role: str) -> int:
    """Return the id of the server, made when it is new; its role becomes this one."""
    columns = schema.servers.c
    insert_missing(connection, schema.servers, [{"farm_id": farm, "name": name, "role": role}])
    found = connection.execute(
        select(columns.id, columns.role).where(columns.farm_id == farm, columns.name == name)
    ).one()
    if found.role != role:
        connection.execute(update(schema.servers).where(columns.id == found.id).values(role=role))
    return int(found.id)


def lock_servers(connection: Connection, server_ids: Collection[int]) -> None:
    """Let no other transaction write to the history of these servers until this one ends.

    SQLite has one writer anyway, and nothing to do here.
    """
    query = select(schema.servers.c.id).where(schema.servers.c.id.in_(server_ids))
    if connection.dialect.name != "sqlite":
        connection.execute(query.order_by(schema.servers.c.id).with_for_update()).all()


def lock_farm(connection: Connection, farm: int) -> None:
    """Let no other collector write the findings of this farm until this transaction ends."""
    query = select(schema.farms.c.id).where(schema.farms.c.id == farm)
    if connection.dialect.name != "sqlite":
        connection.execute(query.with_for_update(key_share=True)).all()
