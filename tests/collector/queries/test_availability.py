"""How a URL went over a span: shares of what is known, and gaps that stay gaps."""

from datetime import datetime, timedelta

import pytest

from farmsight_collector.clock import micros
from farmsight_collector.queries.availability import Availability, stretches
from farmsight_collector.store.coverage import Run
from farmsight_collector.store.looks import Piece
from farmsight_collector.store.schema import OPEN
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from tests.fakes.farms import NOW

KEY = "crl http://pki.contoso.com/ca1.crl"
HOUR = timedelta(hours=1)
OBSERVED, DENIED = telemetry_pb2.PROBE_OUTCOME_OBSERVED, telemetry_pb2.PROBE_OUTCOME_DENIED


def at(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def run(begin: datetime, *, end: datetime | None = None, seen: datetime = NOW, outcome: int = OBSERVED) -> Run:
    return Run(
        slot_id=1,
        began=micros(begin),
        ended=OPEN if end is None else micros(end),
        covered_until=micros(min(seen, end or seen)),
        known=outcome == OBSERVED,
        outcome=outcome,
        reason="" if outcome == OBSERVED else "access-denied",
        detail="",
        source="",
        digest=b"",
        fact_count=1,
        cadence_us=900_000_000,
        rank="",
    )


def piece(begin: datetime, digest: bytes, end: datetime | None = None) -> Piece:
    return Piece(slot_id=1, key=KEY, began=micros(begin), ended=OPEN if end is None else micros(end), digest=digest)


def fetched(until: datetime) -> facts_pb2.Retrieval:
    made = facts_pb2.Retrieval(outcome=facts_pb2.RETRIEVAL_OUTCOME_OK, purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL)
    made.crl.number = "2a"
    made.crl.next_update.FromDatetime(until)
    return made


GOOD = fetched(NOW + 100 * HOUR)
REFUSED = facts_pb2.Retrieval(outcome=facts_pb2.RETRIEVAL_OUTCOME_REFUSED)
FACTS = {b"good": GOOD, b"refused": REFUSED, b"ends": fetched(at(3))}


def told(runs: list[Run], pieces: list[Piece], hours: float = 10) -> Availability:
    return Availability(stretches=tuple(stretches(runs, pieces, FACTS, at(hours), NOW)))


def said(one: Availability) -> list[tuple[str, float]]:
    return [(s.state, (s.end - s.begin) / HOUR) for s in one.stretches]


def test_two_hours_of_refusal_in_ten_are_a_fifth() -> None:
    one = told([run(at(20))], [piece(at(20), b"good", at(6)), piece(at(6), b"refused", at(4)), piece(at(4), b"good")])

    assert said(one) == [("ok", 4), ("bad", 2), ("ok", 4)]
    assert one.share == pytest.approx(0.8)
    assert one.known == 1


def test_what_no_run_saw_is_a_gap_and_neither_good_nor_bad() -> None:
    silent = run(at(20), end=at(2), seen=at(5))  # its last sign was five hours ago
    one = told([silent, run(at(2))], [piece(at(20), b"good")])

    assert [state for state, _ in said(one)] == ["ok", "unknown", "ok"]
    assert said(one)[1][1] == pytest.approx(3 - (1830 + 60) / 3600)  # a run holds for two more and a grace
    assert one.share == 1
    assert one.known is not None
    assert one.known < 0.8


def test_a_run_that_could_not_look_says_why_nothing_is_known() -> None:
    one = told([run(at(20), end=at(5)), run(at(5), outcome=DENIED)], [piece(at(20), b"good")])

    assert said(one) == [("ok", 5), ("unknown", 5)]
    assert one.stretches[1].text == "denied: access-denied"
    assert (one.share, one.known) == (1, 0.5)


def test_a_crl_that_ends_while_it_is_served_is_good_before_and_expired_after() -> None:
    one = told([run(at(20))], [piece(at(20), b"ends")])

    assert said(one) == [("ok", 7), ("bad", 3)]
    assert one.stretches[1].text == "expired"


def test_a_url_that_nobody_asked_for_counts_for_nothing() -> None:
    one = told([run(at(20))], [piece(at(5), b"good")])

    assert said(one) == [("none", 5), ("ok", 5)]
    assert (one.share, one.known) == (1, 1)


def test_time_before_the_agent_came_is_not_known() -> None:
    one = told([run(at(4))], [piece(at(4), b"refused")])

    assert said(one) == [("unknown", 6), ("bad", 4)]
    assert one.share == 0


def test_of_nothing_nothing_is_claimed() -> None:
    one = told([], [])

    assert said(one) == [("unknown", 10)]
    assert one.share is None
    assert one.known == 0
