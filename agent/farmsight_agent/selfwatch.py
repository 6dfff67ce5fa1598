"""The agent's own footprint and troubles, told like any other fact."""

import platform
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Final

import psutil

from farmsight_agent.clock import timestamp
from farmsight_agent.spool import Spool
from farmsight_agent.version import version
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

VERSION: Final = version()


class SelfWatch:
    """What the agent knows of itself."""

    def __init__(
        self, spool: Spool, *, started_at: datetime, identity_not_after: Callable[[], datetime | None]
    ) -> None:
        """Watch this process and its spool; `trouble` is set by whoever has one."""
        self._spool = spool
        self._process = psutil.Process()
        self._started_at = started_at
        self._identity_not_after = identity_not_after
        self.trouble = ""

    def health(self) -> facts_pb2.AgentHealth:
        """Return what is so; the contexts are added by the probe."""
        health = facts_pb2.AgentHealth(
            started_at=timestamp(self._started_at),
            spool_quarantined=self._spool.quarantined,
            last_trouble=self._spool.trouble or self.trouble,
        )
        not_after = self._identity_not_after()
        if not_after is not None:
            health.identity_not_after.CopyFrom(timestamp(not_after))
        return health

    def samples(self, at: datetime) -> list[telemetry_pb2.Sample]:
        """Return how it went, now."""
        spool_bytes, spool_reports = self._spool.size()
        times = self._process.cpu_times()
        values = {
            "agent-rss-bytes": self._process.memory_info().rss,
            "agent-cpu-seconds": times.user + times.system,
            "agent-spool-bytes": spool_bytes,
            "agent-spool-reports": spool_reports,
            "agent-dropped-reports": self._spool.dropped,
            "agent-refused-reports": self._spool.refused,
        }
        return [
            telemetry_pb2.Sample(series=series, key="-", at=timestamp(at), value=float(value))
            for series, value in values.items()
        ]


def about() -> facts_pb2.AgentHealth:
    """Return what any run of this program can say of itself."""
    return facts_pb2.AgentHealth(
        version=VERSION,
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        python_version=".".join(str(number) for number in sys.version_info[:3]),
    )
