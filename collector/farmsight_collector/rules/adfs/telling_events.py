"""Events of AD FS that say themselves what is wrong."""

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from typing import Final

from farmsight_collector.model.view import Farm, Held, Server

PUBLISHER: Final = "AD FS"
LOG: Final = "ad fs/admin"
RECENT: Final = timedelta(days=7)


def recent(farm: Farm, server: Server, *ids: int) -> Iterator[Held]:
    """Yield the AD FS events with these ids of the last week; raises UnknownFactError."""
    for held in server.need("event", part=PUBLISHER):
        value = held.value
        if value.log.lower() != LOG or value.event_id not in ids or not value.HasField("at"):
            continue
        if farm.as_of - RECENT <= value.at.ToDatetime(tzinfo=UTC) <= farm.as_of:
            yield held


def numbers(events: Iterable[Held]) -> str:
    """Return the ids of events for people: each once, in order."""
    return ", ".join(str(one) for one in sorted({held.value.event_id for held in events}))
