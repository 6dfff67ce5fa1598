"""Hours and days of samples, worked out from the raw ones while these are still here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_collector.store.samples import DAY_US, HOUR_US

_FIGURES: Final = ("count", "minimum", "mean", "p95", "maximum")
_pending = schema.samples_pending.c
_samples = schema.samples.c


class Span(NamedTuple):
    """One hour or day of one series."""

    farm_id: int
    series_id: int
    at: int


def roll_up(connection: Connection, now: datetime, *, limit: int) -> int:
    """Work out up to `limit` hours that are over and got samples, and their days; return how many.

    An hour that gets samples later, from an agent that was offline, is worked
    out anew with its day.
    """
    over = micros(now) // HOUR_US * HOUR_US
    query = select(_pending.farm_id, _pending.series_id, _pending.at).where(_pending.at < over)
    hours = [Span(*row) for row in connection.execute(query.order_by(_pending.at).limit(limit))]
    _put(connection, schema.samples_hourly, hours, HOUR_US)
    days = {hour._replace(at=hour.at // DAY_US * DAY_US) for hour in hours}
    _put(connection, schema.samples_daily, sorted(days), DAY_US)
    for hour in hours:
        connection.execute(
            delete(schema.samples_pending).where(
                _pending.farm_id == hour.farm_id, _pending.series_id == hour.series_id, _pending.at == hour.at
            )
        )
    return len(hours)


def _put(connection: Connection, table: Table, spans: Sequence[Span], width: int) -> None:
    rows = [row for span in spans if (row := _figures(connection, span, width)) is not None]
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["farm_id", "series_id", "at"],
            set_={name: statement.excluded[name] for name in _FIGURES},
        ),
        rows,
    )


def _figures(connection: Connection, span: Span, width: int) -> dict[str, Any] | None:
    query = select(_samples.value).where(
        _samples.farm_id == span.farm_id,
        _samples.series_id == span.series_id,
        _samples.at >= span.at,
        _samples.at < span.at + width,
    )
    values = sorted(connection.scalars(query))
    if not values:
        return None
    return {
        **span._asdict(),
        "count": len(values),
        "minimum": values[0],
        "mean": sum(values) / len(values),
        "p95": values[min(int(len(values) * 0.95), len(values) - 1)],
        "maximum": values[-1],
    }
