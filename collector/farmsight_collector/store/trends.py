"""The last value of each series of samples."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NUMBER

RECENT = timedelta(hours=6)


def latest(connection: Connection, farm: str, name: str, at: datetime) -> dict[tuple[str, str | None, str], float]:
    """Return the last value at or before an instant, not older than some hours, by server, context and key."""
    samples, series = schema.samples.c, schema.series.c
    of_farm = select(schema.farms.c.id).where(schema.farms.c.name == farm).scalar_subquery()
    newest = (
        select(samples.series_id, func.max(samples.at).label("at"))
        .where(samples.farm_id == of_farm)  # the key begins with the farm
        .where(samples.at <= micros(at), samples.at > micros(at - RECENT))
        .where(samples.series_id.in_(_series_ids(farm, name)))
        .group_by(samples.series_id)
        .subquery()
    )
    rows = connection.execute(
        select(schema.servers.c.name, series.context, series.key, samples.value)
        .select_from(newest)
        .join(
            schema.samples,
            (samples.farm_id == of_farm) & (samples.series_id == newest.c.series_id) & (samples.at == newest.c.at),
        )
        .join(schema.series, series.id == samples.series_id)
        .join(schema.servers, schema.servers.c.id == series.server_id)
    )
    return {(row.name, CONTEXT_BY_NUMBER.get(row.context), row.key): row.value for row in rows}


def _series_ids(farm: str, name: str) -> Select[tuple[int]]:
    series = schema.series.c
    return (
        select(series.id)
        .join(schema.farms, schema.farms.c.id == series.farm_id)
        .where(schema.farms.c.name == farm, series.name == name)
    )
