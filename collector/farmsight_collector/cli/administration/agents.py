"""`agent list`, `agent approve`, `agent revoke`."""

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from farmsight_collector.cli.administration.verb import (
    Call,
    Subparsers,
    UsageError,
    add,
    instant,
    refusals,
    table,
)
from farmsight_collector.identity import roster
from farmsight_collector.standing import standing
from farmsight_collector.store import agents, recoveries
from farmsight_collector.store.agents import AgentRow


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    parser = add(verbs, "list", _list, "list agents, whose version is behind, and those that ask to come back")
    parser.add_argument("--farm", metavar="NAME", help="only of this farm")
    parser = add(
        verbs,
        "approve",
        _approve,
        "let a lapsed agent come back",
        "An agent whose certificate ran out proves its old key and asks; its state is then\n"
        '"asks to come back" in agent list. Approve it only when you know why it lapsed.',
    )
    parser.add_argument("agent", metavar="AGENT", help="agent id, or server name when only one has it")
    parser = add(verbs, "revoke", _revoke, "cut an agent off, within seconds and for good")
    parser.add_argument("agent", metavar="AGENT", help="agent id, or server name when only one has it")


def _list(call: Call) -> int:
    opened = call.open()
    at = call.clock.now()
    with opened.store.read() as connection:
        asking = {row.agent_id for row in recoveries.recoveries(connection, "pending")}
        found = [_json(row, asking, at) for row in agents.agents(connection, call.arguments.farm)]
    opened.store.close()
    head = ("SERVER", "ROLE", "FARM", "STATE", "LAST SEEN", "VERSION", "CERTIFICATE UNTIL", "ID")
    keys = ("server", "role", "farm", "state", "last_seen", "version_shown", "not_after", "id")
    shown = [agent | {"version_shown": _shown(agent["version"], agent["version_standing"])} for agent in found]
    lines = [[str(agent[key] or "never") for key in keys] for agent in shown]
    empty = ("no agents yet; farmsight-collector token create makes the token that lets one in",)
    call.show("agents", {"agents": found}, table(head, lines) if lines else empty)
    return 0


def _shown(version: str, stands: str) -> str:
    return version if stands == "same" else f"{version or '?'} ({stands})"


def _approve(call: Call) -> int:
    opened = call.open()
    at = call.clock.now()
    with opened.store.write() as connection:
        agent = _one(connection, call.arguments.agent)
        with refusals():
            roster.approve(connection, agent, by=call.operator, at=at)
    opened.store.close()
    said = f"{agent.server} ({agent.id}) may come back; it asks again by itself"
    call.show("agent", {"id": agent.id, "server": agent.server, "state": "approved"}, (said,))
    return 0


def _revoke(call: Call) -> int:
    opened = call.open()
    at = call.clock.now()
    with opened.store.write() as connection:
        agent = _one(connection, call.arguments.agent)
        with refusals():
            roster.revoke(connection, agent, by=call.operator, at=at)
    opened.store.close()
    said = f"{agent.server} ({agent.id}) is revoked; its connection ends within seconds"
    call.show("agent", {"id": agent.id, "server": agent.server, "state": "revoked"}, (said,))
    return 0


def _one(connection: Connection, asked: str) -> AgentRow:
    agent = agents.agent_by_id(connection, asked)
    if agent is not None:
        return agent
    named = [a for a in agents.agents(connection) if a.server.lower() == asked.lower()]
    # Who was revoked long ago is meant only when nobody speaks for the server now.
    found = [a for a in named if a.state != "revoked"] or named[-1:]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"there is no agent {asked}; see: farmsight-collector agent list")
    farms = ", ".join(f"{a.id} in {a.farm}" for a in found)
    raise UsageError(f"{asked} is in several farms, give the id: {farms}")


def _json(row: AgentRow, asking: set[str], at: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "farm": row.farm,
        "server": row.server,
        "role": row.role,
        "state": roster.state_of(row, asks=row.id in asking, at=at),
        "last_seen": instant(row.last_seen),
        "not_after": instant(row.not_after),
        "serial": row.serial,
        "version": row.version,
        "version_standing": standing(row.version),
        "platform": row.platform,
        "clock_offset_s": row.clock_offset_us / 1e6,
    }
