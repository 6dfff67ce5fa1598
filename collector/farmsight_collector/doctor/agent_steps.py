"""The agents: who is heard, whose version is behind, who waits for a decision, and whose clocks agree."""

from datetime import datetime, timedelta
from statistics import median
from typing import Final

from farmsight_collector.doctor.step import FailedError, SkippedError, UnknownError, some
from farmsight_collector.entra.registration import ROLE as TENANT
from farmsight_collector.identity import roster
from farmsight_collector.standing import SUPPORTED_MINORS, standing
from farmsight_collector.store import agents, recoveries
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_collector.version import VERSION

QUIET: Final = timedelta(minutes=5)  # an agent checks in each minute
FEWEST_CLOCKS: Final = 3
CLOCK_OFF_S: Final = 5.0
_LIST: Final = "farmsight-collector agent list"


class Agents:
    """All agents that may come in, read once."""

    def __init__(self, store: Store, now: datetime) -> None:
        """Read them."""
        with store.read() as connection:
            rows = [row for row in agents.agents(connection) if row.role != TENANT]
            asking = {row.agent_id for row in recoveries.recoveries(connection, "pending")}
        states = {row.id: roster.state_of(row, asks=row.id in asking, at=now) for row in rows}
        self._now = now
        self._states = states
        self._here = [row for row in rows if states[row.id] != "revoked"]

    def heard(self) -> str:
        """See that every agent is heard of."""
        self._any()
        silent = [row for row in self._here if row.last_seen is None or self._now - row.last_seen > QUIET]
        if silent:
            shown = some(f"{row.server} ({_since(row)})" for row in silent)
            remedy = "farmsight-agent doctor on that server names the hop that fails"
            raise FailedError(f"{len(silent)} of {len(self._here)} are silent: {shown}", remedy)
        return f"all {len(self._here)} were heard of within {QUIET // timedelta(minutes=1)} minutes"

    def versions(self) -> str:
        """See that no agent is too old, and none newer than its collector."""
        self._any()
        by: dict[str, list[str]] = {}
        for row in self._here:
            by.setdefault(standing(row.version), []).append(f"{row.server} {row.version}".strip())
        shown = "; ".join(f"{len(names)} {stands}" for stands, names in sorted(by.items()))
        says = f"the collector is {VERSION}; {shown}"
        if "too old" in by:
            remedy = f"upgrade them: more than {SUPPORTED_MINORS} minor versions behind nothing is promised"
            raise FailedError(f"{says}: {some(by['too old'])}", remedy)
        if "newer" in by:
            raise FailedError(f"{says}: {some(by['newer'])}", "upgrade the collector, which comes first")
        if "behind" in by:
            return f"{says}, which is supported: {some(by['behind'])}"
        return says

    def waiting(self) -> str:
        """See that nobody waits for a decision, and that certificates are renewed."""
        self._any()
        asking = [row.server for row in self._here if self._states[row.id] == "asks to come back"]
        if asking:
            raise FailedError(f"{some(asking)} ask to come back", f"{_LIST}; then agent approve, when you know why")
        lapsed = [row.server for row in self._here if row.not_after <= self._now]
        if lapsed:
            remedy = "start their agents; they then ask to come back"
            raise FailedError(f"the certificates of {some(lapsed)} ran out", remedy)
        first = min(self._here, key=lambda row: row.not_after)
        return f"nobody asks to come back; the first certificate ends {first.not_after:%Y-%m-%d} ({first.server})"

    def clocks(self) -> str:
        """Judge this machine's clock by what the agents' clocks show."""
        fresh = [row for row in self._here if row.last_seen is not None and self._now - row.last_seen <= QUIET]
        if len(fresh) < FEWEST_CLOCKS:
            raise UnknownError(
                f"{len(fresh)} agents were heard of lately, fewer than {FEWEST_CLOCKS}", "chronyc tracking"
            )
        offsets = [row.clock_offset_us / 1e6 for row in fresh]
        middle = median(offsets)
        says = f"the clocks of {len(fresh)} agents are {middle:+.1f} s off this one, by the median"
        if abs(middle) > CLOCK_OFF_S:
            raise FailedError(says, "set this machine's clock: what most of them show is likelier right")
        return says

    def _any(self) -> None:
        if not self._here:
            raise SkippedError("no agents yet; farmsight-collector token create makes the token that lets one in")


def _since(row: AgentRow) -> str:
    return "never heard" if row.last_seen is None else f"since {row.last_seen:%Y-%m-%d %H:%M}"
