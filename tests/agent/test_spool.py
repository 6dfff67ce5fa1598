"""The spool in fair weather: order, bounds, blobs, samples."""

import hashlib

import pytest

from farmsight_agent.spool import SnapshotOf, Spool
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from tests.fakes.reports import SetClock, listener, report

MIB = 1024 * 1024


@pytest.fixture
def open_spool(tmp_path):
    spools = []

    def opener(limit_bytes=4 * MIB, blob_limit=MIB):
        spools.append(Spool(tmp_path / "spool.db", limit_bytes=limit_bytes, blob_limit=blob_limit, clock=SetClock()))
        return spools[-1]

    yield opener
    for spool in spools:
        spool.close()


def sent(spool, *, resuming=True):
    return [spool.frame(item.sequence, whole=item.whole).report for item in spool.to_send(set(), resuming=resuming)]


def test_a_report_that_changes_nothing_is_not_queued(open_spool):
    spool = open_spool()
    assert spool.record([report(listener(443))])
    assert not spool.record([report(listener(443))])
    assert spool.size()[1] == 1


def test_after_an_outage_the_newest_state_goes_first_and_whole_then_history_ascending(open_spool):
    spool = open_spool()
    ports = [listener(port) for port in range(1000, 1030)]
    for count in (10, 20, 30):
        spool.record([report(*ports[:count])])
    spool.record([report(listener(1), name="services")])

    reports = sent(spool)

    assert [r.sequence for r in reports] == [3, 4, 1, 2]
    assert [r.full for r in reports] == [True, True, True, False]
    assert len(reports[0].facts) == 30
    assert len(reports[3].facts) == 10


def test_sequences_and_epoch_go_on_after_a_restart(open_spool):
    spool = open_spool()
    spool.record([report(listener(443))])
    epoch = spool.epoch
    spool.close()

    again = open_spool()

    assert (again.epoch, again.oldest_sequence, again.next_sequence) == (epoch, 1, 2)
    assert not again.record([report(listener(443))])


def test_a_full_spool_drops_the_oldest_history_counts_it_and_keeps_every_newest_state(open_spool):
    spool = open_spool(limit_bytes=MIB)
    spool.record([report(listener(80), name="services")])  # never changes again: must survive
    for run in range(400):
        spool.record([report(listener(443, "x" * 4000 + str(run)))])

    reports = sent(spool)

    assert spool.dropped > 200
    assert spool.size()[0] <= MIB // 2
    newest = {r.probe: r for r in reports[:2]}
    assert newest["services"].full
    assert newest["listeners"].facts[0].fact.listener.process_name.endswith("399")
    sequences = sorted(r.sequence for r in reports)
    assert spool.oldest_sequence == sequences[0]
    assert sequences == list(range(sequences[0], spool.next_sequence))


def test_a_snapshot_is_whole_and_has_a_new_sequence(open_spool):
    spool = open_spool()
    spool.record([report(listener(443)), report(listener(1), name="services")])
    spool.settle(2)
    spool.snapshot(SnapshotOf(telemetry_pb2.WantSnapshot(probe="listeners")))

    (one,) = sent(spool, resuming=False)

    assert (one.sequence, one.probe, one.full) == (3, "listeners", True)


def test_blobs_of_current_facts_outlive_others(open_spool):
    spool = open_spool(limit_bytes=MIB)
    kept = spool.keep(b"k" * 200_000)
    summary = facts_pb2.CertificateSummary(sha1="aa", blob_sha256=kept)
    stored = facts_pb2.StoreCertificate(store="ROOT", certificate=summary)
    spool.record([report(facts_pb2.Fact(key="ROOT/aa", store_certificate=stored), name="certificate-stores")])
    others = [spool.keep(bytes([n]) * 200_000) for n in range(5)]

    assert spool.blob(kept) == b"k" * 200_000
    assert [spool.blob(other) is not None for other in others] == [False, False, False, False, True]


def test_a_blob_over_the_limit_is_not_kept(open_spool):
    spool = open_spool(blob_limit=10)
    assert spool.keep(b"x" * 11) == b""
    assert spool.keep(b"x" * 10) == hashlib.sha256(b"x" * 10).digest()


def test_samples_of_runs_that_changed_nothing_wait_for_the_next_check_in(open_spool):
    spool = open_spool()
    spool.record([report(samples=2)])
    spool.record([report(samples=3)])
    sequence = spool.flush_samples()

    assert sequence == 2
    assert [s.value for s in spool.frame(sequence, whole=False).check_in.samples] == [0, 1, 2]
    assert spool.flush_samples() == 0


def test_a_sequence_means_nothing_outside_its_epoch(open_spool):
    spool = open_spool()
    spool.record([report(listener(443))])
    assert spool.frame(1, whole=True, epoch=spool.epoch + 1) is None
    spool.settle(1, epoch=spool.epoch + 1)
    assert spool.refuse(1, epoch=spool.epoch + 1) is None
    assert spool.frame(1, whole=True, epoch=spool.epoch) is not None
