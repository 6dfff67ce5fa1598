"""Agents: who speaks for which server, with which certificate, and who no longer may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection, Row

from farmsight_collector.clock import EPOCH, micros, moment
from farmsight_collector.store import farms, notices, schema
from farmsight_collector.store.rows import insert_missing, storable

_agents = schema.agents.c


@dataclass(frozen=True, kw_only=True)
class AgentRow:
    """One agent; `state` is active, revoked, lapsed or pending."""

    id: str
    farm_id: int
    farm: str
    server_id: int
    server: str
    role: str
    state: str
    serial: str
    not_after: datetime
    public_key_sha256: bytes
    enrolled: datetime = EPOCH
    version: str = ""
    platform: str = ""
    last_seen: datetime | None = None
    clock_offset_us: int = 0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a connection of an agent told of itself."""

    agent_id: str
    at: datetime
    version: str
    platform: str
    clock_offset_us: int  # the agent's clock minus the collector's
    check_in_s: int = 60  # how often it gives a sign


def add_agent(  # noqa: PLR0913 - all that an agent is
    connection: Connection,
    *,
    agent_id: str,
    farm: str,
    server: str,
    role: str,
    serial: str,
    not_after: datetime,
    public_key_sha256: bytes,
    at: datetime,
) -> AgentRow:
    """Add an active agent, with its farm and server when they are new.

    An agent that spoke for the same server is revoked: the server keeps its
    row and its history, and gets a new voice.
    """
    server_id = farms.ensure_server(connection, farms.ensure_farm(connection, farm), server, role)
    before = select(_agents.id).where(_agents.server_id == server_id, _agents.state != "revoked")
    for old in list(connection.scalars(before)):
        revoke(connection, old, at)
    connection.execute(
        schema.agents.insert().values(
            id=agent_id,
            server_id=server_id,
            state="active",
            serial=serial,
            not_after=micros(not_after),
            public_key_sha256=public_key_sha256,
            enrolled=micros(at),
        )
    )
    added = agent_by_id(connection, agent_id)
    assert added is not None  # inserted above
    return added


def agent_by_id(connection: Connection, agent_id: str) -> AgentRow | None:
    """Return an agent, None when there is none with this id."""
    row = connection.execute(_joined().where(_agents.id == agent_id)).one_or_none()
    return None if row is None else _agent(row)


def agents(connection: Connection, farm: str | None = None) -> list[AgentRow]:
    """Return all agents, or those of one farm, by farm and server; revoked ones among them."""
    query = _joined().order_by(schema.farms.c.name, schema.servers.c.name, _agents.enrolled)
    if farm is not None:
        query = query.where(schema.farms.c.name == farm)
    return [_agent(row) for row in connection.execute(query)]


def set_identity(
    connection: Connection, agent_id: str, serial: str, not_after: datetime, public_key_sha256: bytes
) -> None:
    """Note the certificate that an agent has from now on; a revoked agent stays revoked."""
    connection.execute(
        update(schema.agents)
        .where(_agents.id == agent_id)
        .values(serial=serial, not_after=micros(not_after), public_key_sha256=public_key_sha256)
    )


def revoke(connection: Connection, agent_id: str, at: datetime) -> bool:
    """Revoke an agent and its certificate; False when there is no such agent or it was revoked before."""
    found = connection.execute(
        select(_agents.serial, _agents.not_after).where(_agents.id == agent_id, _agents.state != "revoked")
    ).one_or_none()
    if found is None:
        return False
    connection.execute(update(schema.agents).where(_agents.id == agent_id).values(state="revoked"))
    revoked = {"serial": found.serial, "agent_id": agent_id, "at": micros(at), "not_after": found.not_after}
    insert_missing(connection, schema.revocations, [revoked])
    notices.tell(connection, "revoked", agent_id)
    return True


def is_revoked(connection: Connection, serial: str) -> bool:
    """Tell whether the certificate with this serial number was revoked."""
    query = select(schema.revocations.c.serial).where(schema.revocations.c.serial == serial)
    return connection.scalar(query) is not None


def revoked_at(connection: Connection, farm: str) -> dict[str, datetime]:
    """Return when each revoked agent of a farm was revoked, by agent id."""
    query = (
        select(schema.revocations.c.agent_id, func.max(schema.revocations.c.at).label("at"))
        .join(schema.agents, _agents.id == schema.revocations.c.agent_id)
        .join(schema.servers, _agents.server_id == schema.servers.c.id)
        .join(schema.farms, schema.servers.c.farm_id == schema.farms.c.id)
        .where(schema.farms.c.name == farm)
        .group_by(schema.revocations.c.agent_id)
    )
    return {row.agent_id: moment(row.at) for row in connection.execute(query)}


def mark_seen(connection: Connection, rows: Sequence[Seen]) -> None:
    """Note when agents were last heard, with what they told of themselves."""
    if not rows:
        return
    statement = (
        update(schema.agents)
        # What a process that was paused tells late must not make an agent look silent.
        .where(_agents.id == bindparam("agent"), func.coalesce(_agents.last_seen, 0) <= bindparam("seen"))
        .values(
            last_seen=bindparam("seen"),
            version=bindparam("its_version"),
            platform=bindparam("its_platform"),
            clock_offset_us=bindparam("offset"),
            check_in_s=bindparam("check_in"),
        )
    )
    connection.execute(
        statement,
        [
            {
                "agent": row.agent_id,
                "seen": micros(row.at),
                "its_version": storable(row.version, 200),
                "its_platform": storable(row.platform, 200),
                "offset": row.clock_offset_us,
                "check_in": row.check_in_s,
            }
            for row in sorted(rows, key=lambda row: row.agent_id)  # in one order, so that no two writers deadlock
        ],
    )


def _joined() -> Any:  # noqa: ANN401 - a Select of fifteen columns
    return (
        select(
            _agents.id,
            schema.servers.c.farm_id,
            schema.farms.c.name.label("farm"),
            _agents.server_id,
            schema.servers.c.name.label("server"),
            schema.servers.c.role,
            _agents.state,
            _agents.serial,
            _agents.not_after,
            _agents.public_key_sha256,
            _agents.enrolled,
            _agents.version,
            _agents.platform,
            _agents.last_seen,
            _agents.clock_offset_us,
        )
        .join(schema.servers, _agents.server_id == schema.servers.c.id)
        .join(schema.farms, schema.servers.c.farm_id == schema.farms.c.id)
    )


def _agent(row: Row[Any]) -> AgentRow:
    return AgentRow(
        id=row.id,
        farm_id=row.farm_id,
        farm=row.farm,
        server_id=row.server_id,
        server=row.server,
        role=row.role,
        state=row.state,
        serial=row.serial,
        not_after=moment(row.not_after),
        public_key_sha256=bytes(row.public_key_sha256),
        enrolled=moment(row.enrolled),
        version=row.version,
        platform=row.platform,
        last_seen=None if row.last_seen is None else moment(row.last_seen),
        clock_offset_us=row.clock_offset_us,
    )
