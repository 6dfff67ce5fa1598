"""A past as real agents would have reported it: a CA that publishes weekly, caches, fetches, and how long they took."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from farmsight_collector.clock import micros
from farmsight_collector.ingest.apply import Incoming, apply_reports
from farmsight_collector.store import samples
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_collector.store.samples import NewSample, SeriesKey
from farmsight_wire.v1 import facts_pb2 as f
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.digests import fact_digest, part_digest
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, kind_of
from tests.fakes.incoming import EPOCH

URL = "http://pki.contoso.com/ca1.crl"
KEY = f"crl {URL}"
ISSUER = "CN=Contoso Issuing CA 1,O=Contoso"
AS = CONTEXT_BY_NAME["network-service"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def crl(number: int, made: datetime, lasts: timedelta) -> f.CrlSummary:
    summary = f.CrlSummary(issuer=ISSUER, number=f"{number:x}")
    summary.this_update.FromDatetime(made)
    summary.next_update.FromDatetime(made + lasts)
    summary.next_publish.FromDatetime(made + lasts - DAY)
    return summary


def fetched(summary: f.CrlSummary, size: int, outcome: f.RetrievalOutcome.ValueType = f.RETRIEVAL_OUTCOME_OK) -> f.Fact:
    value = f.Retrieval(outcome=outcome, url=URL, purpose=f.RETRIEVAL_PURPOSE_CRL, signature=f.SIGNATURE_CHECK_VERIFIED)
    if outcome == f.RETRIEVAL_OUTCOME_OK:
        value.crl.CopyFrom(summary)
        value.size = size
    return f.Fact(key=KEY, context=AS, retrieval=value)


def cached(summary: f.CrlSummary) -> f.Fact:
    return f.Fact(key=URL, context=AS, url_cache=f.UrlCacheEntry(url=URL, crl=summary))


class Past:
    """What one agent reports, in order."""

    def __init__(self, store: Store, agent: AgentRow) -> None:
        """Report as this agent."""
        self.store = store
        self.agent = agent
        self._sequence = 0

    def told(self, at: datetime, probe: str, *facts: f.Fact, context: int = 0, until: datetime | None = None) -> None:
        """Report what a probe saw at an instant, and that it was still so until another."""
        self._sequence += 1
        names = [(kind_of(one).name, one.context, one.key, fact_digest(one)) for one in facts]
        report = telemetry_pb2.ProbeReport(
            sequence=self._sequence, probe=probe, context=context, source="past", full=True,
            outcome=telemetry_pb2.PROBE_OUTCOME_OBSERVED, fact_count=len(facts),
            digest=part_digest(telemetry_pb2.PROBE_OUTCOME_OBSERVED, "", names),
            facts=[telemetry_pb2.FactEntry(digest=fact_digest(one), fact=one) for one in facts],
        )  # fmt: skip
        report.started.FromDatetime(at)
        report.cadence.FromTimedelta((until - at) / 2 if until else timedelta(minutes=15))
        with self.store.write() as connection:
            apply_reports(connection, [Incoming(agent=self.agent, epoch=EPOCH, report=report, at=at, received=at)])

    def measured(self, name: str, key: str, values: Sequence[tuple[datetime, float]], context: int = AS) -> None:
        """Report samples of a series."""
        series = SeriesKey(self.agent.server_id, name, context, key)
        with self.store.write() as connection:
            samples.add(connection, [NewSample(self.agent.farm_id, series, micros(at), value) for at, value in values])


def weekly(past: Past, begin: datetime, weeks: int, *, later_by: timedelta = timedelta(), grows: int = 0) -> datetime:
    """Report weekly CRLs with a day's overlap, each later and larger than the one before; return when the last came."""
    made = begin
    for week in range(weeks):
        if week:
            made += 7 * DAY + later_by * week
        summary = crl(week + 1, made, 8 * DAY)
        past.told(made, "retrievals", fetched(summary, 1_000_000 + grows * week), context=AS, until=made + 10 * DAY)
        past.told(made, "url-cache", cached(summary), context=AS, until=made + 10 * DAY)
    return made


def durations(past: Past, begin: datetime, days: int, *, slower_by: float, seed: int = 1) -> None:
    """Report hourly download times that rise by so many milliseconds a day."""
    chance = random.Random(seed)
    values = [(begin + n * HOUR, (2000 + slower_by * n / 24) * chance.lognormvariate(0, 0.1)) for n in range(days * 24)]
    past.measured("retrieval-duration-ms", KEY, values)
