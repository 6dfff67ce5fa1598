"""What is to be expected of a farm's CRLs: limits crossed, rhythms that miss an end, caches that let go."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.forecast.caches import lets_go
from farmsight_collector.forecast.expected import Expected
from farmsight_collector.forecast.growth import Grown, crossing
from farmsight_collector.forecast.rhythm import Published, next_one
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.model.view import Farm
from farmsight_collector.pki.freshness import next_update, this_update
from farmsight_collector.queries import messages
from farmsight_collector.queries.trend import trend
from farmsight_collector.queries.trend_lines.crls import PLACES, Fetched, fetched, joined
from farmsight_collector.queries.trend_lines.line import Wanted
from farmsight_collector.rules import limits
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME

OF: Final = ("crl-size", "crl-time", "publication", "cache")
LOOKED_BACK: Final = timedelta(days=90)
TIMES: Final = timedelta(days=60)
WATCHED: Final = 0.8  # of the time from one CRL to the next; one that was there for less of it is no rhythm
_PURPOSES: Final = ("crl ", "delta ")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for: empty texts ask for any, no kinds for all."""

    farm: str
    at: datetime
    server: str = ""
    key_contains: str = ""
    of: frozenset[str] = frozenset()

    def span(self, back: timedelta) -> Wanted:
        """Return the lines that are looked at."""
        return Wanted(
            farm=self.farm, begin=self.at - back, end=self.at, server=self.server, key_contains=self.key_contains
        )


def forecasts(connection: Connection, asked: Asked) -> tuple[Expected, ...]:
    """Return all forecasts that are asked for, what is so first, then by when it comes."""
    farm = farm_as_of(connection, asked.farm, asked.at)
    by_url = (
        _by_url(fetched(connection, asked.span(LOOKED_BACK), places=PLACES))
        if asked.of & {"crl-size", "publication"}
        else {}
    )
    kinds: dict[str, Callable[[], Iterable[Expected]]] = {
        "crl-size": lambda: _sizes(farm, by_url),
        "crl-time": lambda: _times(connection, farm, asked),
        "publication": lambda: (next_one(key, _published(its), asked.at) for key, its in sorted(by_url.items())),
        "cache": lambda: lets_go(farm),
    }
    found = (one for name in OF if name in asked.of for one in kinds[name]())
    return tuple(sorted(filter(lambda one: _wanted(asked, one), found), key=lambda one: one.order))


def answer(
    connection: Connection, farm: str, at: datetime, request: query_pb2.GetForecastRequest
) -> query_pb2.GetForecastResponse:
    """Return forecasts as messages; raises InvalidRequestError."""
    unheard = set(request.of) - set(OF)
    if unheard:
        raise InvalidRequestError(f"of: {', '.join(OF)}; not {', '.join(sorted(unheard))[:100]}")
    asked = Asked(
        farm=farm,
        at=at,
        server=request.server,
        key_contains=request.key_contains,
        of=frozenset(request.of or OF),
    )
    told = [message(one) for one in forecasts(connection, asked)]
    return query_pb2.GetForecastResponse(farm=farm, as_of=messages.stamp(at), forecasts=told)


def message(one: Expected) -> query_pb2.Forecast:
    """Return a forecast as a message."""
    return query_pb2.Forecast(
        of=one.of,
        server=one.server,
        context=CONTEXT_BY_NAME[one.context],
        key=one.key,
        state=one.state,
        says=one.says,
        at=messages.stamp(one.at),
        earliest=messages.stamp(one.earliest),
        latest=messages.stamp(one.latest),
        value=one.value,
        per_day=one.per_day,
        least_per_day=one.least_per_day,
        most_per_day=one.most_per_day,
        unit=one.unit,
        limit_used=one.limit_used,
        limit=one.limit,
        why=one.why,
        points=one.points,
    )


def _wanted(asked: Asked, one: Expected) -> bool:
    here = not asked.server or not one.server or one.server.lower() == asked.server.lower()
    return here and asked.key_contains.lower() in one.key.lower()


def _by_url(found: dict[tuple[str, str, str], Fetched]) -> dict[str, list[Fetched]]:
    by_url: dict[str, list[Fetched]] = defaultdict(list)
    for (_, _, key), one in found.items():
        if key.startswith(_PURPOSES):
            by_url[key].append(one)
    return by_url


def _published(its: Iterable[Fetched]) -> list[Published]:
    ends: dict[datetime, datetime | None] = {}
    known: list[tuple[int, int]] = []
    for one in its:
        for begin, end, crl in one.crls():
            made = this_update(crl)
            if made is not None:
                ends[made] = next_update(crl)
                known.append((begin, end))
    whole, times = joined(known), sorted(ends)
    before = [times[0], *times] if times else []
    return [
        Published(made=made, ends=ends[made], watched=_watched(whole, micros(since), micros(made)))
        for since, made in zip(before, times, strict=False)
    ]


def _watched(known: Iterable[tuple[int, int]], begin: int, end: int) -> bool:
    """Tell whether of the time between two CRLs enough is known that there was none between them."""
    seen = sum(max(0, min(to, end) - max(since, begin)) for since, to in known)
    return end > begin and seen >= WATCHED * (end - begin)


def _sizes(farm: Farm, by_url: dict[str, list[Fetched]]) -> Iterator[Expected]:
    """Yield when each CRL gets too large: a point for each CRL that the CA made, by when it made it."""
    of_tenant = _tenant_urls(farm)
    for key, its in sorted(by_url.items()):
        sizes = {made: size for one in its for made, size in _made(one)}
        limit = limits.CRL_BYTES_ENTRA if key.partition(" ")[2] in of_tenant else limits.CRL_BYTES_WINDOWS
        if sizes:
            yield crossing(
                Grown(
                    of="crl-size", key=key, unit="bytes", values=sorted(sizes.items()), limit=limit,
                    bound=limit.value, now=farm.as_of,
                )
            )  # fmt: skip


def _made(one: Fetched) -> Iterator[tuple[datetime, float]]:
    for fact in {stretch.digest: one.facts.get(stretch.digest) for stretch in one.stretches}.values():
        made = None if fact is None or not fact.HasField("crl") else this_update(fact.crl)
        if fact is not None and made is not None and fact.size:
            yield made, float(fact.size)


def _tenant_urls(farm: Farm) -> set[str]:
    authorities = (held.value for server in farm.servers for held in server.facts.get("entra-authority", ()))
    return {url for one in authorities for url in (one.crl_url, one.delta_crl_url) if url}


def _times(connection: Connection, farm: Farm, asked: Asked) -> Iterator[Expected]:
    """Yield when fetching gets too slow, by server and account: a point for each day, the 95th percentile of it."""
    told = trend(connection, "retrieval-duration-ms", asked.span(TIMES), points=TIMES.days)
    limit = limits.CRL_SECONDS_WINDOWS
    for line in told.lines:
        if line.key.startswith(_PURPOSES):
            values = [(point.at, point.p95) for point in line.points if point.count and point.quantiles]
            yield crossing(
                Grown(
                    of="crl-time", key=line.key, unit="ms", values=values, limit=limit, bound=limit.value * 1000,
                    now=farm.as_of, server=line.server, context=line.context,
                )
            )  # fmt: skip
