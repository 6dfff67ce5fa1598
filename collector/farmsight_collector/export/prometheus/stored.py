"""What the store adds to a farm's series at a scrape: the last samples, and when agents were heard."""

from datetime import datetime
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import EPOCH
from farmsight_collector.export.prometheus.lines import Lines
from farmsight_collector.standing import standing
from farmsight_collector.store import agents, trends
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

_PURPOSES: Final = frozenset(PURPOSE_NAMES.values())
# Series of samples that are one an agent, as metrics.
_OF_AGENTS: Final = {
    "agent-spool-bytes": "farmsight_agent_spool_bytes",
    "agent-spool-reports": "farmsight_agent_spool_reports",
    "agent-rss-bytes": "farmsight_agent_resident_memory_bytes",
    "agent-cpu-seconds": "farmsight_agent_cpu_seconds_total",
    "agent-refused-reports": "farmsight_agent_refused_reports_total",
    "agent-dropped-reports": "farmsight_agent_dropped_reports_total",
}


def lines_of(connection: Connection, farm: str, at: datetime) -> Lines:
    """Return the series of a farm that are not facts."""
    lines = Lines()
    _agents(lines, connection, farm)
    for series, name in _OF_AGENTS.items():
        for (server, _, _), value in trends.latest(connection, farm, series, at).items():
            lines.put(name, (farm, server), value)
    for (server, context, key), value in trends.latest(connection, farm, "retrieval-duration-ms", at).items():
        purpose, _, url = key.partition(" ")
        if purpose in _PURPOSES and context is not None:
            lines.put("farmsight_retrieval_duration_seconds", (farm, server, context, purpose, url), value / 1000)
    return lines


def _agents(lines: Lines, connection: Connection, farm: str) -> None:
    for one in agents.agents(connection, farm):
        if one.state == "revoked":
            continue
        here = (farm, one.server)
        told = (one.role, one.state, one.version, one.platform)
        lines.put("farmsight_agent_info", (*here, *told), 1)
        lines.put("farmsight_agent_version_standing", (*here, standing(one.version)), 1)
        lines.put("farmsight_agent_certificate_not_after_timestamp_seconds", here, _seconds(one.not_after))
        if one.last_seen is not None:
            lines.put("farmsight_agent_last_seen_timestamp_seconds", (*here, one.role), _seconds(one.last_seen))
            lines.put("farmsight_agent_clock_offset_seconds", here, one.clock_offset_us / 1e6)


def _seconds(at: datetime) -> float:
    return (at - EPOCH).total_seconds()
