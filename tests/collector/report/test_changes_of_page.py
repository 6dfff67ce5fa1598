"""What changed between two captures, by the lab's own files."""

import pytest

from tests.collector.report.conftest import Made


def test_each_new_cause_is_told_with_how_many_symptoms_came_with_it(history: Made) -> None:
    found = history.view["changes"]
    causes = {one["id"] for one in history.document["findings"] if not one["caused_by"]}

    assert found.then == "2026-11-23 10:00Z"
    assert found.servers == ("STS01", "STS02", "WAP01", "WAP02")
    assert {one.id for one in found.opened} <= causes
    assert {"http.ctl-store-on-client-binding", "store.issuing-ca-missing"} <= {one.code for one in found.opened}
    assert any(one.symptoms > 1 for one in found.opened if one.code == "network.host-unreachable")


def test_a_changed_fact_says_what_it_was_and_what_it_is_and_a_refreshed_crl_comes_last(
    history: Made,
) -> None:
    facts = history.view["changes"].facts
    (bound,) = [
        one for one in facts if (one.server, one.kind, one.key) == ("WAP01", "tls-binding", "sts.contoso.test:49443")
    ]

    assert "CTL store (null)" in bound.then
    assert "CTL store AdfsTrustedDevices" in bound.now
    assert bound.where.startswith("tuesday/WAP01/WAP01_sslcert.txt:")
    missing = [one for one in facts if one.kind == "store-certificate" and not one.now]
    assert [one.server for one in missing] == ["WAP02"]
    refreshed = next(at for at, one in enumerate(facts) if (one.server, one.kind) == ("STS02", "retrieval"))
    assert max(facts.index(bound), facts.index(missing[0])) < refreshed


def test_what_passes_by_itself_is_no_change(history: Made) -> None:
    kinds = {one.kind for one in history.view["changes"].facts}

    assert not kinds & {"clock", "event", "listener", "given-certificate"}
    assert all(one.then != one.now for one in history.view["changes"].facts)


@pytest.mark.parametrize("made", ["sample", "sparse"])
def test_one_capture_tells_of_no_change(made: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(made).view["changes"] is None
