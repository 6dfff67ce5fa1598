"""Series with their values: by metric, none twice, within bounds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from farmsight_collector.export.prometheus.catalogue import BY_NAME

LABEL_LENGTH: Final = 400  # of what certificates and URLs say; Prometheus itself sets no bound
Labels = tuple[str, ...]


class Lines:
    """The series of one farm."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lines: dict[str, dict[Labels, float]] = {}
        self.cut: Counter[str] = Counter()  # by metric: series that are over its bound, or that two facts claim

    def put(self, name: str, labels: Labels, value: float) -> None:
        """Add a series; raises KeyError for a metric that is not in the catalogue."""
        metric = BY_NAME[name]
        if len(labels) != len(metric.labels):
            raise KeyError(f"{name} has the labels {metric.labels}")
        held = self._lines.setdefault(name, {})
        labels = tuple(map(_bounded, labels))
        if labels in held or len(held) >= metric.most:
            self.cut[name] += 1
        else:
            held[labels] = value

    def items(self) -> Iterator[tuple[str, Mapping[Labels, float]]]:
        """Yield the series of each metric."""
        yield from self._lines.items()

    def of(self, name: str) -> Mapping[Labels, float]:
        """Return the series of one metric."""
        return self._lines.get(name, {})

    def __len__(self) -> int:
        """Return how many series there are."""
        return sum(map(len, self._lines.values()))


def _bounded(text: str) -> str:
    return text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1] + "…"
