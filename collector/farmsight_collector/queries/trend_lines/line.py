"""What a line over time is asked for, and what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from farmsight_collector.queries.trend_points import Stretch
from farmsight_collector.store.looks import Slot
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NUMBER


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which lines are asked for, over [begin, end]; empty texts ask for any, `context` for one account by name."""

    farm: str
    begin: datetime
    end: datetime
    server: str = ""
    context: str = ""
    key: str = ""
    key_contains: str = ""

    def has(self, server: str, context: str | None, key: str) -> bool:
        """Tell whether a line is asked for."""
        return (
            self.server.lower() in ("", server.lower())
            and self.context in ("", context or "")
            and self.key in ("", key)
            and self.key_contains.lower() in key.lower()
        )

    def of_slot(self, slot: Slot) -> bool:
        """Tell whether lines of a slot may be asked for."""
        return self.context in ("", CONTEXT_BY_NUMBER.get(slot.context) or "")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: what held over time, with `instants` numbers at instants, or with `events` how many there were.

    Of events `stretches` say when they would have been seen.
    """

    server: str
    context: str | None
    key: str
    stretches: Sequence[Stretch] = ()
    instants: Sequence[tuple[int, float]] = ()
    events: Sequence[int] | None = None
