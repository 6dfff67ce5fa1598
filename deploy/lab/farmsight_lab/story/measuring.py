"""What would have been measured between two instants of a story, with a day's and chance's ups and downs."""

import math
import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from farmsight_collector.clock import micros
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.samples import NewSample, SeriesKey
from farmsight_wire.v1 import facts_pb2

EVERY: Final = timedelta(minutes=15)
_USUAL_MS: Final = {"adfs": 18.0, "wap": 46.0}  # a proxy's way to the PKI leads through one firewall more
_OK: Final = facts_pb2.RETRIEVAL_OUTCOME_OK


def samples(
    farm: Farm, voices: Mapping[str, AgentRow], begin: datetime, end: datetime, seed: str
) -> Iterator[NewSample]:
    """Yield the samples of [begin, end) that follow from what is so; nothing where a retrieval failed: a gap."""
    for server in farm.servers:
        chance = random.Random(f"{seed} {server.name} {begin.isoformat()}")
        at = begin
        while at < end:
            for name, context, key, value in _measured(server, at, chance):
                series = SeriesKey(voices[server.name].server_id, name, context, key)
                yield NewSample(voices[server.name].farm_id, series, micros(at), value)
            at += EVERY


def _measured(server: Server, at: datetime, chance: random.Random) -> Iterator[tuple[str, int, str, float]]:
    day = 1 + 0.35 * math.sin((at.hour + at.minute / 60 - 8) / 24 * 2 * math.pi)
    for held in server.facts.get("retrieval", ()):
        fetched = held.value
        if fetched.outcome != _OK:
            continue
        took = _USUAL_MS[server.role] * day * chance.lognormvariate(0, 0.35) + fetched.size / 4_000
        yield "retrieval-duration-ms", held.fact.context, held.key, round(took, 1)
        yield "retrieval-size-bytes", held.fact.context, held.key, float(fetched.size)
        if fetched.HasField("crl") and fetched.crl.HasField("next_update"):
            left = fetched.crl.next_update.seconds - at.timestamp()
            yield "crl-seconds-left", held.fact.context, held.key, left
    for held in server.facts.get("clock", ()):
        yield "clock-offset-ms", held.fact.context, held.key, _offset(held) + chance.gauss(0, 4)
    yield "agent-rss-bytes", 0, "", 47e6 + chance.gauss(0, 4e5)


def _offset(held: Held) -> float:
    return held.fact.clock.offset.ToMicroseconds() / 1000
