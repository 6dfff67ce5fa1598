"""The answer to a scrape: text that Prometheus' own library writes, from series that are here already.

No rule runs for a scrape. Who asks more often than once in a second or so
gets the same answer again.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest as as_text
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest as as_open_metrics

from farmsight_collector.clock import EPOCH, Clock
from farmsight_collector.export.prometheus import stored
from farmsight_collector.export.prometheus.catalogue import BY_NAME
from farmsight_collector.export.prometheus.lines import Labels, Lines
from farmsight_collector.export.prometheus.noted import Noted
from farmsight_collector.metrics import Given, Metrics
from farmsight_collector.store.engine import Store
from farmsight_collector.store.successes import last_success

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SERVES_FOR_S: Final = 1.0
LOOKED_UP_AT_ONCE: Final = 500  # fetches that fail, asked of the store; the rest at the next scrapes
AnyFamily = CounterMetricFamily | GaugeMetricFamily
_UP: Final = "farmsight_retrieval_up"
_SUCCESS: Final = "farmsight_retrieval_last_success_timestamp_seconds"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The body of an answer and what it is."""

    body: bytes
    content_type: str


class Exposition:
    """Answers scrapes; from any thread, one at a time."""

    def __init__(self, store: Store, noted: Noted, metrics: Metrics, clock: Clock) -> None:
        """Answer for the farms that were noted and for the collector itself."""
        self._store, self._noted, self._metrics, self._clock = store, noted, metrics, clock
        self._succeeded: dict[Labels, datetime | None] = {}
        self._kept: dict[str, tuple[float, Answer]] = {}
        self._lock = threading.Lock()

    def answer(self, accept: str = "") -> Answer:
        """Return what a scrape with this Accept header gets; raises StoreError."""
        content_type = OPEN_METRICS if "application/openmetrics-text" in accept else TEXT
        with self._lock:
            made, kept = self._kept.get(content_type, (0.0, None))
            began = self._clock.monotonic()
            if kept is None or began - made > SERVES_FOR_S:
                kept = Answer(body=self._body(content_type), content_type=content_type)
                ended = self._clock.monotonic()
                self._metrics.put("scrape_seconds", ended - began)
                self._kept[content_type] = (ended, kept)
            return kept

    def _body(self, content_type: str) -> bytes:
        registry = CollectorRegistry(auto_describe=False)
        GCCollector(registry)
        ProcessCollector(registry=registry)
        registry.register(Given([*self._of_farms(), *self._metrics.families()]))
        write: Callable[[CollectorRegistry], bytes] = as_open_metrics if content_type == OPEN_METRICS else as_text
        return write(registry)

    def _of_farms(self) -> list[Family]:
        now = self._clock.now()
        families: dict[str, AnyFamily] = {}
        cut: Counter[str] = Counter()
        with self._store.read() as connection:
            seen = self._noted.seen(now)
            for one in seen:
                of_store = stored.lines_of(connection, one.farm, now)
                for lines in (one.lines, of_store):
                    _merge(families, lines)
                    cut.update(lines.cut)
        self._look_up([one.lines for one in seen])
        for labels, at in self._succeeded.items():
            if at is not None:
                _family(families, _SUCCESS).add_metric(labels, (at - EPOCH).total_seconds())
        self._metrics.put("series_left_out", cut.total())
        return list(families.values())

    def _look_up(self, seen: Iterable[Lines]) -> None:
        """Find when what fails now succeeded last; it stays so while it fails."""
        failing = {labels for lines in seen for labels, up in lines.of(_UP).items() if not up}
        self._succeeded = {labels: at for labels, at in self._succeeded.items() if labels in failing}
        with self._store.read() as connection:
            for labels in sorted(failing - self._succeeded.keys())[:LOOKED_UP_AT_ONCE]:
                farm, server, context, purpose, url = labels
                self._succeeded[labels] = last_success(connection, farm, server, context, f"{purpose} {url}")


def _merge(families: dict[str, AnyFamily], lines: Lines) -> None:
    for name, series in lines.items():
        add = _family(families, name).add_metric
        for labels, value in series.items():
            add(labels, value)


def _family(families: dict[str, AnyFamily], name: str) -> AnyFamily:
    if name not in families:
        metric = BY_NAME[name]
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        families[name] = kind(name, metric.help, labels=metric.labels)
    return families[name]
