"""What the collector counts of itself.

The names and what they mean stand in one table; a name that is not in it
can't be counted. `text()` is the Prometheus exposition format, which `serve`
keeps in `metrics.prom` in the data folder for a textfile collector.
"""

import threading
from collections.abc import Mapping
from typing import Final

COUNTERS: Final[Mapping[str, str]] = {
    "frames": "frames read from agents",
    "reports_applied": "reports committed that were new",
    "reports_duplicate": "reports that were here already",
    "reports_base_unknown": "deltas against a state that is not here",
    "check_ins": "check-ins committed",
    "commits": "transactions of the ingest",
    "commit_failures": "transactions of the ingest that failed and were tried again",
    "blobs_stored": "blobs committed",
    "blobs_not_kept": "chunks of blobs that the disk did not take; the blob is asked for again",
    "refused_invalid": "frames that break the contract, kept in quarantine",
    "refused_too_large": "frames and blobs over a size bound",
    "refused_rate": "streams ended for going over the frame rate of one agent",
    "refused_in_flight": "streams ended for going over an in-flight bound",
    "refused_identity": "calls without an identity that is known and in force",
    "forged_host_names": "host facts whose computer name is not the enrolled one",
    "streams_opened": "streams of agents that said hello",
    "streams_replaced": "streams ended by another of the same agent; two at once: its identity was copied",
    "streams_cut": "streams ended because the agent was revoked or its certificate ran out",
    "enrolments": "agents enrolled",
    "enrolments_refused": "enrolments refused",
    "renewals": "certificates renewed",
    "recoveries": "certificates given to lapsed agents after approval",
    "evaluations": "evaluations of a farm",
    "evaluation_failures": "evaluations of a farm that failed",
    "finding_changes": "findings opened, changed or closed",
    "watchers_dropped": "watchers that were too slow to be told",
}
GAUGES: Final[Mapping[str, str]] = {
    "streams": "agents connected",
    "in_flight_bytes": "read from agents and not yet committed",
    "evaluation_seconds": "how long the last evaluation took",
    "change_to_finding_seconds": "from the commit of the last change to its findings",
}


class Metrics:
    """The numbers of one collector process; safe from any thread."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._counters = dict.fromkeys(COUNTERS, 0)
        self._gauges = dict.fromkeys(GAUGES, 0.0)

    def add(self, name: str, count: int = 1) -> None:
        """Count something that happened; raises KeyError for a name that is not in the table."""
        with self._lock:
            self._counters[name] += count

    def put(self, name: str, value: float) -> None:
        """Note how things are now; raises KeyError for a name that is not in the table."""
        if name not in GAUGES:
            raise KeyError(name)
        with self._lock:
            self._gauges[name] = value

    def counts(self) -> dict[str, int]:
        """Return all counters."""
        with self._lock:
            return dict(self._counters)

    def text(self) -> str:
        """Return everything as Prometheus text, version 0.0.4."""
        with self._lock:
            counters, gauges = dict(self._counters), dict(self._gauges)
        lines: list[str] = []
        for name, count in counters.items():
            full = f"farmsight_collector_{name}_total"
            lines += [f"# HELP {full} {COUNTERS[name]}", f"# TYPE {full} counter", f"{full} {count}"]
        for name, value in gauges.items():
            full = f"farmsight_collector_{name}"
            lines += [f"# HELP {full} {GAUGES[name]}", f"# TYPE {full} gauge", f"{full} {value:g}"]
        return "\n".join(lines) + "\n"
