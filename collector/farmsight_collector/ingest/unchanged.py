"""What is known of probes whose runs change nothing, and what of it is still to be written.

Most check-ins say of each probe what the last one said. They are held against
the newest runs, which are remembered here, and take no transaction: that
something was still so is written with whatever is written next, and within
seconds at the latest (`pipeline.OWED_FOR_S`). A crash in between loses these
seconds of coverage and nothing else; a run holds until two more were missed
and the grace is over, and the next one covers the time between.

One process writes for a server at a time. When another has overtaken what is
remembered here, the rows to be extended are not the newest any more: that
shows as they are written, and all of it is forgotten and read again.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.store import agents, coverage
from farmsight_collector.store.agents import Seen
from farmsight_collector.store.coverage import ProbeRun, holds_us

SERVERS_KEPT: Final = 20_000


@dataclass(eq=False, slots=True)
class Head:
    """The newest runs of a probe that a digest stands for; times in microseconds."""

    farm_id: int
    server_id: int
    probe: str
    digest: int
    runs: tuple[tuple[int, int], ...]  # slot and beginning of each
    covered_until: int  # all of them
    holds: int  # for how long any of them is still known after that

    @property
    def stale_at(self) -> int:
        """Return until when all of the runs say what is so."""
        return self.covered_until + self.holds


def head_of(farm_id: int, digest: int, runs: Sequence[ProbeRun]) -> Head:
    """Return the head that some runs of one probe make; at least one."""
    return Head(
        farm_id=farm_id,
        server_id=runs[0].server_id,
        probe=runs[0].probe,
        digest=digest,
        runs=tuple((run.slot_id, run.began) for run in runs),
        covered_until=min(run.covered_until for run in runs),
        holds=min(holds_us(run.cadence_us) for run in runs),
    )


class Unchanged:
    """What one writer remembers between check-ins; used by its thread only."""

    def __init__(self, servers_kept: int = SERVERS_KEPT) -> None:
        """Begin with nothing known."""
        self._servers_kept = servers_kept
        self._heads: OrderedDict[int, dict[str, Head]] = OrderedDict()
        self._extended: set[Head] = set()
        self._seen: dict[str, Seen] = {}

    @property
    def owes(self) -> bool:
        """Tell whether anything is to be written."""
        return bool(self._extended or self._seen)

    @property
    def owing(self) -> set[int]:
        """Return the servers of which runs are to be written."""
        return {head.server_id for head in self._extended}

    def confirm(self, server_id: int, probe: str, digest: int, until: int) -> bool:
        """Take a run that came out as before; False when it has to be held against the store.

        That is so when the digest is not the one known here, and when the
        probe was not heard of for so long that it is stale.
        """
        head = self._heads.get(server_id, {}).get(probe)
        if head is None or head.digest != digest or until > head.stale_at:
            return False
        self._extend(head, until)
        return True

    def keep(self, head: Head, until: int) -> None:
        """Remember a head that was read from the store and holds until then."""
        self._heads.setdefault(head.server_id, {})[head.probe] = head
        self._heads.move_to_end(head.server_id)
        while len(self._heads) > self._servers_kept:
            self._heads.popitem(last=False)
        self._extend(head, until)

    def see(self, seen: Seen) -> None:
        """Note that an agent was heard."""
        self._seen[seen.agent_id] = seen

    def forget(self, server_id: int, probe: str | None = None) -> None:
        """Read a probe, or all of a server, from the store again when it is next spoken of."""
        if probe is None:
            self._heads.pop(server_id, None)
        elif server_id in self._heads:
            self._heads[server_id].pop(probe, None)

    def write(self, connection: Connection) -> None:
        """Write what is owed. It stays owed until `written()` says that it was committed."""
        if not coverage.extend(connection, _rows(self._extended)):
            for head in self._extended:
                self.forget(head.server_id, head.probe)
        agents.mark_seen(connection, tuple(self._seen.values()))

    def written(self) -> None:
        """Take note that what was owed is durable."""
        self._extended.clear()
        self._seen.clear()

    def _extend(self, head: Head, until: int) -> None:
        if until > head.covered_until:
            head.covered_until = until
            self._extended.add(head)


def _rows(heads: Iterable[Head]) -> Iterable[tuple[int, int, int, int]]:
    for head in heads:
        for slot_id, began in head.runs:
            yield head.farm_id, slot_id, began, head.covered_until
