"""With an agent outside every hop of a sign-in is known: what is well is proven to be.

These tests come last: the agent outside stays in the lab's farm.
"""

import pytest

from farmsight_collector.cli.trace_output import document
from farmsight_lab.scenario import load

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def watched(lab):
    """Return the lab with an agent outside."""
    if lab.network.kind != "namespaces":
        pytest.skip("needs network namespaces (root, ip netns, and no other lab that has them)")
    lab.plant(load("healthy"))
    lab.look_from_outside()
    return lab


def traced(lab, scenario, user):
    lab.plant(load(scenario))
    lab.once()
    return document(lab.trace(user))


def verdicts(trace):
    return {(path["path"], *path["via"]): path["verdict"] for path in trace["paths"]}


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_on_a_healthy_farm_a_user_s_certificate_passes_on_every_pair_of_servers(watched, user):
    trace = traced(watched, "healthy", user)

    assert trace["verdict"] == "passes", trace["answer"]
    assert trace["answer"].startswith("passes on 4 extranet pairs and 2 intranet servers")
    assert len(verdicts(trace)) == 6


def test_a_fault_of_one_proxy_leaves_the_others_proven(watched):
    trace = traced(watched, "issuing-ca-missing", "alice")

    found = verdicts(trace)
    assert {way for way, verdict in found.items() if verdict == "fails"} == {
        ("extranet", "WAP02", "STS01"),
        ("extranet", "WAP02", "STS02"),
    }
    assert set(found.values()) == {"passes", "fails"}
    assert "2 of 4 extranet pairs fail; the others pass" in trace["answer"]


def test_a_crl_of_the_tenant_that_has_expired_fails_for_everybody_of_its_ca(watched):
    trace = traced(watched, "crl-expired", "alice")

    assert set(verdicts(trace).values()) == {"fails"}
    assert traced(watched, "crl-expired", "bob")["verdict"] == "passes"
