"""What happened on a farm in 400 days: CRLs that are published, hosts that are down or slow for a while, and come back.

Servers share the luck of one of a few groups, in each account its own: what the benchmarks measure is rows and
their sizes, not chance. Times are microseconds since 1970; nothing here knows of tables.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Final

from farmsight_collector.clock import micros
from farmsight_wire.v1 import facts_pb2 as pb
from farmsight_wire.v1.digests import fact_digest
from tests.bench import worlds
from tests.fakes.farms import NOW

DAYS: Final = 400
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
TICK: Final = 15 * MINUTE
# To the next day's beginning, so that the roll-ups' days are whole.
END: Final = micros(NOW) // DAY * DAY + DAY
GROUPS: Final = 5
CONTEXTS: Final = worlds.ADFS_CONTEXTS
HOSTS: Final = 3
WEEKLY, DAILY = 7 * DAY, DAY
OVERLAP: Final = 12 * HOUR
TIMES_OUT_MS: Final = 15_000.0
FINE, DOWN, SLOW = "fine", "down", "slow"
SERIES: Final = ("retrieval-duration-ms", "retrieval-size-bytes", "crl-seconds-left")


@dataclass(frozen=True, kw_only=True)
class Luck:
    """The windows in which one host is down, or slow, as one account of one group of servers sees it."""

    begins: tuple[int, ...]
    ends: tuple[int, ...]
    how: tuple[str, ...]

    def state(self, at: int) -> str:
        """Return how the host is at an instant."""
        number = bisect_right(self.begins, at) - 1
        return self.how[number] if number >= 0 and at < self.ends[number] else FINE


@cache
def luck(group: int, context: str, host: int, days: int = DAYS) -> Luck:
    """Return what became of a host: farm-wide outages, a group's own, an account's own, and slow spells."""
    windows: list[tuple[int, int, str]] = []
    whose = ((0, "", 30, DOWN), (group + 1, "", 25, DOWN), (group + 1, context, 60, DOWN), (group + 1, "", 12, SLOW))
    for number, (who, where, every, how) in enumerate(whose):
        chance = random.Random(f"{who} {where} {host} {number}")
        at = END - days * DAY + int(chance.uniform(0.2, 1) * every * DAY)
        while at < END - DAY:
            begin = at // TICK * TICK
            windows.append((begin, begin + TICK * chance.randint(2, 24), how))
            at += int(chance.uniform(0.5, 1.5) * every * DAY)
    apart: list[tuple[int, int, str]] = []
    for one in sorted(windows):
        if not apart or one[0] >= apart[-1][1]:
            apart.append(one)
    begins, ends, how_each = zip(*apart, strict=True) if apart else ((), (), ())
    return Luck(begins=begins, ends=ends, how=how_each)


def period(url: int) -> int:
    """Return how often a CRL is published: bases weekly, deltas daily."""
    return WEEKLY if url % 2 == 0 else DAILY


def published(url: int, at: int) -> int:
    """Return when the CRL that is at a URL at an instant was published; each CA at its own time of day."""
    offset = (url * 7919) % 96 * TICK
    return (at - offset) // period(url) * period(url) + offset


@cache
def kept(url: int, context: str, issue: int, how: str) -> tuple[bytes, bytes, str]:
    """Return the digest, the bytes and the key of a fetch: of the CRL published at `issue`, 0 when nothing came."""
    fact = worlds.retrieval(url, context)
    value = fact.retrieval
    if how == DOWN:
        bare = pb.Retrieval(purpose=value.purpose, url=value.url, dns_addresses=value.dns_addresses)
        bare.outcome, bare.detail = pb.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT, "no answer within 15 s"
        bare.named_by.extend(value.named_by)
        value.CopyFrom(bare)
    else:
        value.took = pb.DURATION_CLASS_UNDER_5_S if how == SLOW else pb.DURATION_CLASS_UNDER_1_S
        value.body_sha256 = sha256(f"{url} {issue}".encode()).digest()
        value.size, value.crl.entries = size(url, issue), 1200 + issue // period(url) % 900
        value.crl.number = f"{issue // period(url):x}"
        value.crl.this_update.FromMicroseconds(issue)
        value.crl.next_update.FromMicroseconds(issue + period(url) + OVERLAP)
        value.crl.next_publish.FromMicroseconds(issue + period(url))
    return fact_digest(fact), fact.SerializeToString(deterministic=True), fact.key


def size(url: int, issue: int) -> int:
    """Return the bytes of a CRL; it grows from issue to issue."""
    return 48_000 + url * 1_000 + issue // period(url) % 900 * 37


def states(group: int, context: str, url: int, begin: int) -> Iterator[tuple[int, int, str]]:
    """Yield when what a fetch shows becomes another, with the issue (0: none came) and how it went."""
    fortune = luck(group, context, url % HOSTS)
    turns = {begin, *(at for at in (*fortune.begins, *fortune.ends) if begin <= at < END)}
    first = published(url, begin)
    turns |= {at for at in range(first, END, period(url)) if at > begin}
    before: tuple[int, str] | None = None
    for at in sorted(turns):
        how = fortune.state(at)
        now = (0 if how == DOWN else published(url, at), how)
        if now != before:
            yield at, *now
        before = now


@cache
def _noise() -> Sequence[float]:
    chance = random.Random(7)
    return [chance.lognormvariate(0, 0.35) for _ in range(9973)]


def values(group: int, context: str, url: int, series: str, begin: int, end: int) -> list[tuple[int, float]]:
    """Return the samples of one series on the ticks in [begin, end): while it is down no sizes, and no time left."""
    fortune, noise = luck(group, context, url % HOSTS), _noise()
    seed = (group * 31 + CONTEXTS.index(context) * 7 + url) * 101
    found: list[tuple[int, float]] = []
    for at in range(begin, end, TICK):
        how = fortune.state(at)
        if series == SERIES[0]:
            middle = 1_800.0 if how == SLOW else 25.0 + 3 * url
            by_chance = round(middle * noise[(at // TICK + seed) % len(noise)], 3)
            found.append((at, TIMES_OUT_MS + by_chance / 100 if how == DOWN else by_chance))
        elif how != DOWN:
            issue = published(url, at)
            left = (issue + period(url) + OVERLAP - at) / 1e6
            found.append((at, float(size(url, issue)) if series == SERIES[1] else left))
    return found


def outages(group: int, context: str, begin: int) -> Iterator[tuple[int, int, int]]:
    """Yield the host, the beginning and the end of each outage."""
    for host in range(HOSTS):
        fortune = luck(group, context, host)
        for at, until, how in zip(fortune.begins, fortune.ends, fortune.how, strict=True):
            if how == DOWN and at >= begin:
                yield host, at, until


def before_the_end(days: int) -> int:
    """Return the instant so many days before the end."""
    return END - days * DAY
