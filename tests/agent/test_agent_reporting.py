"""Reports: whole, as a change, and what makes two of them the same."""

import pytest

from farmsight_agent import reporting
from farmsight_agent.outcome import DeniedError
from farmsight_agent.probe import part_not_observed
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from tests.fakes.reports import NOW, listener, probe, report


def test_the_order_of_facts_changes_nothing():
    assert report(listener(443), listener(80)).digest == report(listener(80), listener(443)).digest


def test_a_change_says_what_came_and_what_went():
    before = report(*(listener(port) for port in range(1000, 1050)))
    after = report(*(listener(port) for port in range(1001, 1051)), listener(49443))

    change = reporting.delta(before, after)

    assert not change.full
    assert change.base_digest == before.digest
    assert change.digest == after.digest
    assert {entry.fact.key for entry in change.facts} == {"0.0.0.0:1050", "0.0.0.0:49443"}
    assert [gone.key for gone in change.removed] == ["0.0.0.0:1000"]
    assert change.fact_count == 51


def test_what_was_unknown_is_never_the_base_of_a_change():
    unknown = reporting.full_report(
        probe(), part_not_observed(DeniedError("not-root")), started=NOW, took_s=0, cadence_s=60
    )
    assert reporting.delta(unknown, report(listener(443))).full
    assert reporting.delta(report(listener(443)), unknown).full


def test_two_facts_of_one_identity_are_refused():
    with pytest.raises(ValueError, match="two facts"):
        report(listener(443), listener(443, "other"))


def test_blobs_are_found_at_any_depth():
    summary = facts_pb2.CertificateSummary(sha1="aa", blob_sha256=b"1" * 32)
    endpoint = facts_pb2.TlsEndpoint(handshakes=[facts_pb2.Handshake(chain=[summary])])
    seen = report(facts_pb2.Fact(key="x", tls_endpoint=endpoint), name="tls-endpoints")
    assert reporting.blobs_of(seen) == {b"1" * 32}


def test_the_outcome_is_part_of_the_digest():
    observed = report()
    denied = report(outcome=telemetry_pb2.PROBE_OUTCOME_DENIED, reason="not-root")
    assert observed.digest != denied.digest
