"""Changes as rows of a log: what changed alike at one instant on many servers is one row that opens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from farmsight_collector.queries.changes import Change
from farmsight_collector.shown.marks import Mark

FOLDED: Final = 4  # as many alike, or more, are one row


@dataclass(frozen=True, kw_only=True)
class Row:
    """One change, or several of one instant that are alike."""

    changes: tuple[Change, ...]

    @property
    def first(self) -> Change:
        """Return the change that stands for all."""
        return self.changes[0]

    @property
    def servers(self) -> Sequence[str]:
        """Return the servers of all of them."""
        return sorted({name for one in self.changes for name in one.servers})


def rows(changes: Iterable[Change], marked: Mapping[Mark, object]) -> tuple[Row, ...]:
    """Return the rows of changes that are in order, the last first; what is marked stands alone."""
    found: list[Row] = []
    for _, instant in groupby(changes, key=lambda one: one.at):
        alike: dict[tuple[object, ...], list[Change]] = {}
        for number, one in enumerate(instant):
            alone = number if _mark(one) in marked else None
            alike.setdefault((one.what, one.kind, one.key if one.finding else "", one.severity, alone), []).append(one)
        for some in alike.values():
            found += [Row(changes=tuple(some))] if len(some) >= FOLDED else [Row(changes=(one,)) for one in some]
    return tuple(found)


def _mark(one: Change) -> Mark:
    return one.at, one.kind, one.key, one.servers[0] if one.servers else ""
