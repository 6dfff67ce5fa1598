"""A user's certificate of the lab, traced on the farm that real agents have reported."""

import json
import subprocess
import sys

import pytest

from farmsight_collector.cli.trace_output import document
from farmsight_lab.scenario import load

# The lab has nobody outside, and these hops are seen from there alone.
FROM_OUTSIDE = {"name-resolution", "load-balancer", "tenant-revocation"}
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]


def traced(lab, user, *paths):
    return document(lab.trace(user, *paths))


def untold(trace):
    """Return what is not known, as hop and server, each once."""
    hops = (hop for path in trace["paths"] for hop in path["hops"] if hop["matters"])
    return sorted({(hop["hop"], hop["server"]) for hop in hops if hop["verdict"] == "unknown"})


def failing(trace):
    """Return the first failing hop of each pair that fails."""
    found = {}
    for path in trace["paths"]:
        first = next((hop for hop in path["hops"] if hop["matters"] and hop["verdict"] == "fails"), None)
        if first is not None:
            found[path["path"], *path["via"]] = (first["hop"], first["server"])
    return found


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_on_a_healthy_farm_nothing_fails_and_only_what_is_seen_from_outside_is_not_known(lab, user):
    lab.plant(load("healthy"))
    lab.once()

    trace = traced(lab, user)

    assert failing(trace) == {}, trace["answer"]
    assert {tuple(path["via"]) for path in trace["paths"] if path["path"] == "extranet"} == {
        (wap, node) for wap in ("WAP01", "WAP02") for node in ("STS01", "STS02")
    }
    assert trace["verdict"] == "unknown"
    assert "vantage" in trace["answer"]
    if lab.network.kind == "namespaces":
        assert {hop for hop, _ in untold(trace)} == FROM_OUTSIDE


def test_a_missing_issuing_ca_fails_through_the_proxy_that_lacks_it_and_through_no_other(lab):
    lab.plant(load("issuing-ca-missing"))
    lab.once()

    alice, bob = traced(lab, "alice"), traced(lab, "bob")

    assert alice["verdict"] == "fails"
    assert failing(alice) == {("extranet", "WAP02", node): ("wap-chain", "WAP02") for node in ("STS01", "STS02")}, (
        alice["answer"]
    )
    assert alice["answer"].startswith("WAP02 ")
    assert "STORE-03" in json.dumps(alice["paths"])
    assert failing(bob) == {}, "bob's certificate is of another CA"
    assert failing(traced(lab, "alice", "intranet")) == {}


def test_a_user_whose_certificate_the_scenario_made_otherwise_is_given_that_one(lab):
    """The farm is well; who has neither a UPN nor a mail address is mapped to nobody."""
    lab.plant(load("user-unnamed"))

    trace = traced(lab, "alice")

    assert trace["verdict"] == "fails", trace["answer"]
    assert {hop for hop, _ in failing(trace).values()} == {"user-certificate"}


def test_the_file_that_the_lab_gives_a_user_is_traced_by_the_command(lab):
    lab.plant(load("issuing-ca-missing"))
    lab.once()
    line = "import sys; from farmsight_collector.cli.entry import farmsight; sys.exit(farmsight())"
    words = ["trace", str(lab.layout.user("alice")), "--data", str(lab.layout.collector)]

    done = subprocess.run([sys.executable, "-c", line, *words], capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[1].startswith("FAILS  WAP02 ")
    assert "wap-chain  [WAP02" in done.stdout
    assert not any(b"PRIVATE" in one.read_bytes() for one in lab.layout.users.iterdir())
