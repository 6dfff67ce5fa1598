"""What was told of a farm, by which way, with which answer; and what people said to be quiet about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.store import acknowledgements, farms, maintenance, outbox
from farmsight_collector.store.acknowledgements import AcknowledgementRow
from farmsight_collector.store.maintenance import WindowRow
from farmsight_collector.store.outbox import DeliveryRow, MessageRow

DAY: Final = timedelta(days=1)
SAID: Final = 100  # acknowledgements and windows that are looked through


@dataclass(frozen=True, kw_only=True)
class Told:
    """The alerts of a farm as of an instant."""

    messages: Sequence[MessageRow]
    more: bool  # there are older ones
    in_a_day: int
    dead: Sequence[MessageRow]  # one a delivery
    tallies: Mapping[str, Mapping[str, int]]  # by channel and state, as of now
    last: Mapping[str, DeliveryRow]  # the newest delivery by channel
    acknowledged: Sequence[AcknowledgementRow]  # the newest first
    windows: Sequence[WindowRow]
    servers: Sequence[str]


def told(connection: Connection, farm: str, at: datetime, *, skip: int, limit: int) -> Told:
    """Return what was told by an instant, `limit` messages at a time."""
    rows = outbox.messages(connection, farm, limit + 1, until=at, skip=skip)
    newest = rows if not skip else outbox.messages(connection, farm, limit, until=at)
    farm_id = farms.farm_id(connection, farm)
    made = [] if farm_id is None else outbox.made_since(connection, farm_id, at - DAY)
    last: dict[str, DeliveryRow] = {}
    for row in newest:
        for one in row.deliveries:
            last.setdefault(one.channel, one)
    return Told(
        messages=rows[:limit],
        more=len(rows) > limit,
        in_a_day=sum(one <= at for one in made),
        dead=outbox.given_up(connection, farm),
        tallies=outbox.tallies(connection, farm),
        last=last,
        acknowledged=[row for row in acknowledgements.newest(connection, farm, SAID) if row.made <= at],
        windows=[row for row in maintenance.windows(connection, farm, limit=SAID) if row.made <= at],
        servers=[] if farm_id is None else [row.name for row in farms.servers(connection, farm_id)],
    )
