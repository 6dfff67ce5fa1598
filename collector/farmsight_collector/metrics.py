"""What the collector counts of itself.

The names and what they mean stand in one table; a name that is not in it
can't be counted. `text()` is the Prometheus exposition format, which `serve`
keeps in `metrics.prom` in the data folder for a textfile collector.
"""

import contextlib
import itertools
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from farmsight_collector.errors import CollectorError

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

COUNTERS: Final[Mapping[str, str]] = {
    "frames": "frames read from agents",
    "reports_applied": "reports committed that were new",
    "reports_duplicate": "reports that were here already",
    "reports_base_unknown": "deltas against a state that is not here",
    "reports_lost": "reports that are not here and that agents no longer have: after a restore, or an overrun spool",
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
    "claims_taken": "farms and other work that this replica took over",
    "claims_lost": "farms and other work that went to another replica",
    "beats_failed": "times that this replica could not do its part among others",
    "notices_heard": "notices heard from the database's channel, this replica's own among them",
}
GAUGES: Final[Mapping[str, str]] = {
    "streams": "agents connected",
    "in_flight_bytes": "read from agents and not yet committed",
    "queue_frames": "frames that wait for the writer",
    "evaluation_seconds": "how long the last evaluation took",
    "change_to_finding_seconds": "from the commit of the last change to its findings",
    "farms": "farms that are watched here",
    "watchers": "who is told of changes of findings at once",
    "store_bytes": "size of the store on disk, its log included",
    "scrape_seconds": "how long the last answer to a scrape took to make",
    "replicas": "collectors that live on this database; 0 where it is SQLite",
    "claims": "farms and other work that this replica has claimed",
    "deaf": "1 while the database's notices do not arrive and it is asked instead",
    "series_left_out": "series that the last scrape left out for the bounds on cardinality",
}
DURATIONS: Final[Mapping[str, str]] = {
    "evaluation_duration_seconds": "evaluations of a farm by how long they took",
}
BUCKETS: Final = (0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0)
PREFIX: Final = "farmsight_collector_"


class Metrics:
    """The numbers of one collector process; safe from any thread."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._counters = dict.fromkeys(COUNTERS, 0)
        self._gauges = dict.fromkeys(GAUGES, 0.0)
        self._asked: dict[str, Callable[[], float]] = {}
        self._durations = {name: ([0] * (len(BUCKETS) + 1), [0.0]) for name in DURATIONS}

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

    def ask(self, name: str, value: Callable[[], float]) -> None:
        """Let a gauge be asked for when it is read; raises KeyError for a name that is not in the table."""
        if name not in GAUGES:
            raise KeyError(name)
        with self._lock:
            self._asked[name] = value

    def took(self, name: str, seconds: float) -> None:
        """Count a duration; raises KeyError for a name that is not in the table."""
        with self._lock:
            counts, total = self._durations[name]
            counts[bisect_left(BUCKETS, seconds)] += 1
            total[0] += seconds

    def families(self) -> "list[Metric]":
        """Return everything as Prometheus' library takes it; a gauge that can't be told is left out."""
        from prometheus_client import core  # noqa: PLC0415 - verbs that serve nothing need it not

        asked = dict(_told(self._asked))
        with self._lock:
            held = {name: value for name, value in self._gauges.items() if name not in self._asked}
            counters, gauges = dict(self._counters), {**held, **asked}
            durations = {name: (list(counts), total[0]) for name, (counts, total) in self._durations.items()}
        made: list[Metric] = []
        made += [core.CounterMetricFamily(PREFIX + name, COUNTERS[name], count) for name, count in counters.items()]
        made += [core.GaugeMetricFamily(PREFIX + name, GAUGES[name], value) for name, value in gauges.items()]
        for name, (counts, total) in durations.items():
            edges = [*map(str, BUCKETS), "+Inf"]
            buckets = list(zip(edges, itertools.accumulate(counts), strict=True))
            made.append(core.HistogramMetricFamily(PREFIX + name, DURATIONS[name], buckets, total))
        return made

    def text(self) -> str:
        """Return everything as Prometheus text, version 0.0.4."""
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - as above

        registry = CollectorRegistry(auto_describe=False)
        registry.register(Given(self.families()))
        return generate_latest(registry).decode()


def _told(asked: Mapping[str, Callable[[], float]]) -> Iterator[tuple[str, float]]:
    for name, value in asked.items():
        with contextlib.suppress(CollectorError):  # a store that does not answer takes no other figure with it
            yield name, value()


class Given:
    """Families that are worked out already, as a registry takes them."""

    def __init__(self, families: "Iterable[Metric]") -> None:
        """Give these."""
        self._families = list(families)

    def collect(self) -> "Iterator[Metric]":
        """Yield them."""
        yield from self._families
