"""Agents as operators see them: state, version, when last heard of, its clock, and how it is itself."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp
from farmsight_collector.identity.roster import state_of
from farmsight_collector.model.view import Server
from farmsight_collector.standing import Standing, standing
from farmsight_collector.store import agents, recoveries
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.recoveries import RecoveryRow
from farmsight_collector.store.trends import latest
from farmsight_wire.v1 import facts_pb2

QUIET: Final = timedelta(minutes=5)  # an agent checks in each minute
SHORT_S: Final = 60.0  # of an agent that has just begun no share is told
HEALTH: Final = (
    "agent-cpu-seconds",
    "agent-rss-bytes",
    "agent-spool-bytes",
    "agent-spool-reports",
    "agent-refused-reports",
    "agent-dropped-reports",
)


@dataclass(frozen=True, kw_only=True)
class Health:
    """What an agent told of itself lately; None where it did not."""

    rss_bytes: float | None = None
    cpu_share: float | None = None  # of one core, since it was started
    spool_bytes: float | None = None
    spool_reports: float | None = None
    refused: float | None = None
    dropped: float | None = None
    trouble: str = ""
    spool_quarantined: bool = False
    failing: tuple[tuple[str, str, str], ...] = ()  # probe, as whom, why
    probes: int = 0  # parts of probes in contexts that were reported


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One agent."""

    row: AgentRow
    state: str  # active, lapsed, revoked, asks to come back
    asks: RecoveryRow | None
    silent: bool  # it was not heard of for longer than its check-ins allow
    health: Health
    stands: Standing  # its version, to this collector's


def agents_of(connection: Connection, farm: str, at: datetime, servers: Mapping[str, Server]) -> list[Agent]:
    """Return the agents of a farm: who asks to come back first, the revoked ones last; `servers` as of `at`."""
    asking = {row.agent_id: row for row in recoveries.recoveries(connection, "pending")}
    told = {name: latest(connection, farm, name, at) for name in HEALTH}
    by_server = {name: {server: value for (server, _, _), value in rows.items()} for name, rows in told.items()}
    found = []
    for row in agents.agents(connection, farm):
        state = state_of(row, asks=row.id in asking, at=at)
        here = None if state == "revoked" else servers.get(row.server)
        health = _health(row.server, by_server, here, at) if state != "revoked" else Health()
        silent = state != "revoked" and row.last_seen is not None and at - row.last_seen > QUIET
        found.append(
            Agent(
                row=row,
                state=state,
                asks=asking.get(row.id),
                silent=silent,
                health=health,
                stands=standing(row.version),
            )
        )
    return sorted(found, key=lambda one: (_ORDER.get(one.state, 1), one.row.server, one.row.enrolled))


_ORDER: Final = {"asks to come back": 0, "revoked": 2}


def _health(server: str, told: Mapping[str, Mapping[str, float]], seen: Server | None, at: datetime) -> Health:
    of_itself = next((held.value for held in seen.facts.get("agent", ())), None) if seen else None
    return Health(
        rss_bytes=told["agent-rss-bytes"].get(server),
        cpu_share=_share(told["agent-cpu-seconds"].get(server), of_itself, at),
        spool_bytes=told["agent-spool-bytes"].get(server),
        spool_reports=told["agent-spool-reports"].get(server),
        refused=told["agent-refused-reports"].get(server),
        dropped=told["agent-dropped-reports"].get(server),
        trouble=of_itself.last_trouble if of_itself else "",
        spool_quarantined=bool(of_itself and of_itself.spool_quarantined),
        failing=_failing(seen) if seen else (),
        probes=len(seen.coverage) if seen else 0,
    )


def _share(seconds: float | None, of_itself: facts_pb2.AgentHealth | None, at: datetime) -> float | None:
    if seconds is None or of_itself is None or not of_itself.HasField("started_at"):
        return None
    ran = (at - from_timestamp(of_itself.started_at)).total_seconds()
    return seconds / ran if ran > SHORT_S else None


def _failing(server: Server) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (f"{row.probe}/{row.part}".rstrip("/"), row.context or "", _why(row.outcome, row.reason))
        for row in server.coverage
        if not row.stale and row.outcome not in ("observed", "not_applicable")
    )


def _why(outcome: str, reason: str) -> str:
    return f"{outcome.replace('_', ' ')}: {reason}" if reason else outcome.replace("_", " ")


def states(found: list[Agent]) -> list[tuple[str, int]]:
    """Return how many agents are in each state."""
    return sorted(Counter(one.state for one in found).items(), key=lambda one: _ORDER.get(one[0], 1))
