"""What an agent may get wrong, by mistake or on purpose, and what then becomes of it."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from farmsight_collector.ingest.apply import Applied, apply_check_in, apply_reports
from farmsight_collector.store import blobs, coverage, epochs, schema, slots
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.digests import probe_digest
from tests.fakes.incoming import (
    EPOCH,
    OBSERVED,
    START,
    digest_of,
    enrolled,
    entry,
    full,
    incoming,
    setting,
    state_digest,
)

Report = telemetry_pb2.ProbeReport


def forged_digest(report: Report) -> None:
    report.facts[0].digest = b"x" * 32


def fact_twice(report: Report) -> None:
    report.facts.append(report.facts[0])
    report.fact_count += 1


def nul_in_key(report: Report) -> None:
    del report.facts[:]
    report.facts.append(entry(setting("A\0", 1)))


def endless_key(report: Report) -> None:
    del report.facts[:]
    report.facts.append(entry(setting("é" * 1500, 1)))


def other_context(report: Report) -> None:
    report.context = facts_pb2.CONTEXT_NETWORK_SERVICE


def other_probe(report: Report) -> None:
    report.probe = "services"


def no_value(report: Report) -> None:
    report.facts.append(entry(facts_pb2.Fact(key="A")))
    report.fact_count += 1


def facts_of_a_denied_run(report: Report) -> None:
    report.outcome = telemetry_pb2.PROBE_OUTCOME_DENIED


def unknown_outcome(report: Report) -> None:
    report.outcome = 77  # type: ignore[assignment]


def unknown_context(report: Report) -> None:
    report.context = 77  # type: ignore[assignment]


def no_time(report: Report) -> None:
    report.started.seconds = 2**62


def forged_part_digest(report: Report) -> None:
    report.digest = b"x" * 32


@pytest.mark.parametrize(
    "spoil",
    [
        forged_digest,
        fact_twice,
        nul_in_key,
        endless_key,
        other_context,
        other_probe,
        no_value,
        facts_of_a_denied_run,
        unknown_outcome,
        unknown_context,
        no_time,
        forged_part_digest,
    ],
)
def test_a_report_that_breaks_the_contract_is_refused_alone(store: Store, spoil: Callable[[Report], None]) -> None:
    """The reports around a poison one are applied, and its number never comes again."""
    agent = enrolled(store)
    poison = full(2, {"A": 2})
    spoil(poison)
    batch = [full(1, {"A": 1}), poison, full(3, {"A": 3})]
    with store.write() as connection:
        answers = apply_reports(connection, [incoming(agent, r, START + timedelta(minutes=r.sequence)) for r in batch])
        assert [answer.result for answer in answers] == ["applied", "invalid", "applied"]
        assert answers[1].detail
        assert epochs.ledger(connection, agent.id, EPOCH).up_to == 3
        assert connection.scalar(select(func.count()).select_from(schema.facts)) == 2


def test_a_number_far_from_all_others_is_refused(store: Store) -> None:
    agent = enrolled(store)
    with store.write() as connection:
        for sequence in (0, 2**63):
            (answer,) = apply_reports(connection, [incoming(agent, full(sequence, {}), START)])
            assert (answer.result, answer.detail) == ("invalid", "sequence: out of range")


def test_an_agent_cannot_make_slots_without_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "SLOTS_OF_A_SERVER", 3)
    agent = enrolled(store)
    reports = [full(number, {}) for number in range(1, 6)]
    for report in reports:
        report.part = f"part{report.sequence}"
    with store.write() as connection:
        answers = apply_reports(connection, [incoming(agent, report, START) for report in reports])
    assert [answer.result for answer in answers] == ["applied"] * 3 + ["invalid"] * 2


def test_numbers_that_the_agent_lost_are_skipped(store: Store) -> None:
    agent = enrolled(store)
    with store.write() as connection:
        apply_reports(connection, [incoming(agent, full(number, {}), START) for number in (7, 9)])
        ledger = epochs.ledger(connection, agent.id, EPOCH)
        assert (ledger.up_to, ledger.beyond) == (0, {7, 9})
        ledger.skip_below(7)
        epochs.save(connection, ledger, START)
        ledger = epochs.ledger(connection, agent.id, EPOCH)
        assert (ledger.up_to, ledger.beyond) == (7, {9})


def test_a_gap_that_the_agent_will_never_fill_does_not_grow_without_end() -> None:
    """A spool that was full dropped numbers 2 to 9; the agent goes on reporting for months."""
    ledger = epochs.Ledger(agent_id="a", epoch=1)
    for number in (1, *range(10, 10 + 2 * epochs.BEYOND_KEPT)):
        ledger.note(number)
    assert (ledger.up_to, ledger.beyond) == (9 + 2 * epochs.BEYOND_KEPT, set())


def certificate_report(sha256: bytes) -> Report:
    summary = facts_pb2.CertificateSummary(sha1="ab", blob_sha256=sha256)
    fact = facts_pb2.Fact(
        key="ROOT/ab", store_certificate=facts_pb2.StoreCertificate(store="ROOT", certificate=summary)
    )
    report = Report(sequence=1, probe="certificate-stores", part="ROOT", outcome=OBSERVED, full=True, fact_count=1)
    report.facts.append(entry(fact))
    report.digest = digest_of([fact], "store-certificate")
    return report


def test_bytes_that_a_fact_names_are_asked_for_until_they_come(store: Store) -> None:
    data = b"certificate"
    agent, other = enrolled(store), enrolled(store)
    report = certificate_report(hashlib.sha256(data).digest())
    sha256 = report.facts[0].fact.store_certificate.certificate.blob_sha256
    with store.write() as connection:
        (answer,) = apply_reports(connection, [incoming(agent, report, START)])
        assert answer.missing_blobs == (sha256,)
        assert blobs.wanted(connection, agent.server_id) == [sha256]
        blobs.put(connection, sha256, data, START)
        assert blobs.wanted(connection, agent.server_id) == []
        assert blobs.get(connection, sha256) == data
        (answer,) = apply_reports(connection, [incoming(other, report, START)])
        assert answer.missing_blobs == ()


def check_in(probe: str, digest: int, seconds_ago: int = 0) -> telemetry_pb2.CheckIn:
    return telemetry_pb2.CheckIn(ran=[telemetry_pb2.ProbeRun(probe=probe, digest=digest, seconds_ago=seconds_ago)])


def test_a_check_in_keeps_what_is_known_known_and_a_strange_one_asks_for_everything(store: Store) -> None:
    agent = enrolled(store)
    later = START + timedelta(hours=3)
    same = probe_digest([("", facts_pb2.CONTEXT_UNSPECIFIED, state_digest({"A": 1}))])
    with store.write() as connection:
        apply_reports(connection, [incoming(agent, full(1, {"A": 1}), START)])
        assert apply_check_in(connection, agent, check_in("schannel", same, 60), later) == ()
        (slot,) = slots.slots_of(connection, {agent.server_id}).values()
        (run,) = coverage.newest(connection, agent.farm_id, [slot])
        assert run.covered_until - run.began == (3 * 3600 - 60) * 1_000_000
        assert apply_check_in(connection, agent, check_in("schannel", same + 1), later) == ("schannel",)
        assert apply_check_in(connection, agent, check_in("never-heard-of", 1), later) == ("never-heard-of",)


def test_samples_come_once_however_often_they_are_sent(store: Store) -> None:
    agent = enrolled(store)
    sample = telemetry_pb2.Sample(series="clock-offset-ms", key="collector", value=3.5)
    sample.at.FromDatetime(START)
    bad = [
        telemetry_pb2.Sample(series="no-such-series"),
        telemetry_pb2.Sample(series="clock-offset-ms", value=float("nan")),
    ]
    frame = telemetry_pb2.CheckIn(samples=[sample, *bad], sequence=1)
    frame.clock.FromDatetime(START)
    with store.write() as connection:
        for _ in range(2):
            apply_check_in(connection, agent, frame, START, epoch=EPOCH)
        assert connection.scalars(select(schema.samples.c.value)).all() == [3.5]
        assert epochs.ledger(connection, agent.id, EPOCH).has(1)


def test_an_empty_batch_is_nothing(store: Store) -> None:
    with store.write() as connection:
        answers: list[Applied] = apply_reports(connection, [])
    assert answers == []
