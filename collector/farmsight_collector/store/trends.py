"""Samples read back: the last value of each series, and series over time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NUMBER

RECENT = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """The samples of one series in a span, oldest first; times in microseconds."""

    server: str
    context: int
    key: str
    samples: tuple[tuple[int, float], ...]


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


def spans(
    connection: Connection,
    farm: str,
    name: str,
    *,
    begin: datetime,
    end: datetime,
    server: str = "",
    key_contains: str = "",
) -> Iterator[Sampled]:
    """Yield each series of a name with its raw samples in [begin, end]."""
    series, samples, servers = schema.series.c, schema.samples.c, schema.servers.c
    query = (
        select(series.id, series.farm_id, servers.name, series.context, series.key)
        .join(schema.servers, servers.id == series.server_id)
        .join(schema.farms, schema.farms.c.id == series.farm_id)
        .where(schema.farms.c.name == farm, series.name == name)
        .order_by(servers.name, series.context, series.key)
    )
    if server:
        query = query.where(servers.name == server)
    if key_contains:
        query = query.where(series.key.contains(key_contains, autoescape=True, escape="!"))
    for row in connection.execute(query).all():
        found = connection.execute(
            select(samples.at, samples.value)
            .where(samples.farm_id == row.farm_id, samples.series_id == row.id)
            .where(samples.at >= micros(begin), samples.at <= micros(end))
            .order_by(samples.at)
        )
        values = tuple((at, value) for at, value in found)
        if values:
            yield Sampled(server=row.name, context=row.context, key=row.key, samples=values)
