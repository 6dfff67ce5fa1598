"""Which change of the log is the first one before a finding."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from farmsight_collector.rules.engine import Finding

Mark = tuple[datetime, str, str, str]  # when, kind, key, server


def marks(findings: Iterable[Finding]) -> Mapping[Mark, tuple[str, str]]:
    """Return by change the id and the title of the worst finding that it preceded; `findings` are the worst first."""
    found: dict[Mark, tuple[str, str]] = {}
    for one in findings:
        change = one.first_change
        if change is not None:
            found.setdefault((change.at, change.kind, change.key, change.server), (one.id, one.title))
    return found
