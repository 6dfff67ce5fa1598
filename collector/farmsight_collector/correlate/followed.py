"""Findings that changed since they were last looked at, whichever replica changed them.

What is remembered is every finding that is open, and for a while those that
were closed. A look compares: so it does not matter how many notices were lost
in between, and nothing is told twice.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from farmsight_collector.correlate.watcher import Told
from farmsight_collector.store import findings
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import FindingChange, FindingRow

LOOK_BACK: Final = timedelta(minutes=10)  # what opened and closed between two looks; replicas' clocks differ, too
_Key = tuple[str, datetime]


class _Known(NamedTuple):
    closed: datetime | None
    digest: bytes


class Followed:
    """What is known of the findings of each farm; used by one thread at a time."""

    def __init__(self, store: Store) -> None:
        """Begin with nothing known."""
        self._store = store
        self._farms: dict[str, dict[_Key, _Known]] = {}
        self._looked: dict[str, datetime] = {}

    def begin(self, farms: Iterable[str], now: datetime) -> None:
        """Take note of what is so; of a farm that comes later everything is news. Raises StoreError."""
        for farm in farms:
            self.look(farm, now)

    def look(self, farm: str, now: datetime) -> list[Told]:
        """Return what changed on a farm since it was last looked at. Raises StoreError; then it is as not looked."""
        since = min(now, self._looked.get(farm, now)) - LOOK_BACK
        with self._store.read() as connection:
            rows = findings.not_closed_before(connection, farm, since)
        known = self._farms.get(farm, {})
        here = {(row.id, row.opened): _Known(row.closed, _digest(row)) for row in rows}
        told = [one for row in rows for one in _told(farm, row, known, here, now)]
        self._farms[farm], self._looked[farm] = here, now
        return told


def _told(
    farm: str, row: FindingRow, known: Mapping[_Key, _Known], here: Mapping[_Key, _Known], now: datetime
) -> Iterator[Told]:
    before, after = known.get((row.id, row.opened)), here[row.id, row.opened]
    if before is None:
        yield Told(farm=farm, at=row.opened, change=FindingChange(kind="opened", finding=row))
    elif before.digest != after.digest and row.closed is None:
        yield Told(farm=farm, at=now, change=FindingChange(kind="changed", finding=row))
    if row.closed is not None and (before is None or before.closed is None):
        yield Told(farm=farm, at=row.closed, change=FindingChange(kind="closed", finding=row))


def _digest(row: FindingRow) -> bytes:
    said = json.dumps([row.severity, row.since.isoformat(), dict(row.payload)], sort_keys=True)
    return hashlib.sha256(said.encode()).digest()
