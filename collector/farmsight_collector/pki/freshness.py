"""When CRLs begin and end, and how sure that is."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.pki import told
from farmsight_collector.pki.known import passed
from farmsight_wire.v1 import facts_pb2 as f

# The platform's tool prints local time and no zone: no zone is further from UTC than this.
LISTED_TIMES: Final = timedelta(hours=14)


def next_update(crl: f.CrlSummary) -> datetime | None:
    """Return when the CRL ends, None when it never does."""
    return _moment(crl.next_update.seconds, crl.next_update.nanos) if crl.HasField("next_update") else None


def this_update(crl: f.CrlSummary) -> datetime | None:
    """Return when the CRL begins, None when that is not known."""
    return _moment(crl.this_update.seconds, crl.this_update.nanos) if crl.HasField("this_update") else None


@lru_cache(maxsize=4096)  # the same few CRLs are fetched by every server
def _moment(seconds: int, nanos: int) -> datetime:
    return Timestamp(seconds=seconds, nanos=nanos).ToDatetime(tzinfo=UTC)


def expired(crl: f.CrlSummary, at: datetime) -> bool:
    """Tell whether the CRL ended before this time, its dates being exact."""
    ends = next_update(crl)
    return ends is not None and ends <= at


def doubt(retrieval: f.Retrieval) -> timedelta:
    """Return how far off the dates of what was fetched may be."""
    return LISTED_TIMES if told.by_tool(retrieval) else timedelta(0)


def over(retrieval: f.Retrieval, at: datetime) -> bool | None:
    """Tell whether the CRL that was fetched has ended; None when that can't be told.

    The tool's own word decides where its dates do not: it looked when the
    evidence was captured.
    """
    if not told.by_tool(retrieval):
        return expired(retrieval.crl, at)
    said, ends = told.word(retrieval), next_update(retrieval.crl)
    if said == told.EXPIRED:
        return True
    decided = passed(ends, at, LISTED_TIMES)
    if decided is not None:
        return decided
    if said in told.GOOD or (ends is None and retrieval.dates_seen):
        return False
    return None


def spelled(retrieval: f.Retrieval, moment: datetime) -> str:
    """Return one of the dates of what was fetched for people, with the zone as far as it is known."""
    return f"{moment:%Y-%m-%d %H:%M} {'local time' if told.by_tool(retrieval) else 'UTC'}"


def ended_words(retrieval: f.Retrieval) -> str:
    """Return that the CRL is over, with the date where it is told."""
    ends = next_update(retrieval.crl)
    return f"expired on {spelled(retrieval, ends)}" if ends is not None else "has expired"


def unsure_words(retrieval: f.Retrieval) -> str:
    """Return why it can't be told whether the CRL has ended."""
    ends = next_update(retrieval.crl)
    if ends is None:
        return "the dates of this CRL are not shown"
    return f"it ends on {ends:%Y-%m-%d %H:%M} in a time zone that is not shown"
