"""The lab's farms as captured files: the whole way from evidence to the answer."""

from contextlib import contextmanager

import pytest

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.reading import Request
from farmsight_collector.pki import certificates
from farmsight_collector.signin.walk import traced
from tests.collector.signin.scenes import hop, said
from tests.fakes.evidence_folders import NOW, SERVERS, lab, written
from tests.lab.captured_farms import pki


@contextmanager
def trace_of(folder, scenario, user="alice"):
    """Yield the trace of a lab user's certificate over what was captured of a scenario."""
    leaf = certificates.parse(pki()[f"user-{user}"].der)
    files = {f"{one}/{name}": data for one in SERVERS for name, data in lab(scenario)[one].items()}
    with analysed(Request(paths=(written(folder, files),), roles={}), now=NOW) as found:
        yield traced(found.picture.farm, found.picture.evaluation, leaf)


# What nobody can capture on the farm's own servers, so that no capture alone proves the whole.
OUTSIDE = {"name-resolution", "load-balancer", "tenant-revocation"}


def test_of_a_healthy_farm_only_what_must_be_seen_from_outside_is_open(tmp_path) -> None:
    with trace_of(tmp_path, "healthy") as trace:
        assert trace.verdict is Verdict.UNKNOWN
        open_hops = {one.hop for path in trace.paths for one in path.hops if one.verdict is not Verdict.PASSES}
        assert open_hops == OUTSIDE
        assert "vantage agent outside" in trace.answer


def test_a_farm_with_certauth_is_traced_on_443(tmp_path) -> None:
    with trace_of(tmp_path, "certauth") as trace:
        assert {one.hop for path in trace.paths for one in path.hops if one.verdict is not Verdict.PASSES} == OUTSIDE
        assert "port 443" in hop(trace, "port", "WAP01").why


@pytest.mark.parametrize(
    ("scenario", "user", "answer"),
    [
        ("issuing-ca-missing", "alice", "WAP02 cannot build the chain: CN=Contoso Issuing CA 1,O=Contoso"),
        ("issuing-ca-missing", "alice", "(2 of 4 extranet pairs fail"),
        ("root-in-intermediate", "bob", "STS02 cannot build the chain: the root CN=Contoso Root CA,O=Contoso"),
        ("ca-disallowed", "bob", "STS01 cannot build the chain: CN=Contoso Issuing CA 2,O=Contoso"),
        ("policy-crl-expired", "alice", "WAP01, WAP02, STS01, STS02: fails the revocation check"),
        ("no-route", "alice", "WAP02 fails the revocation check"),
        ("delta-expired", "alice", "The tenant's delta CRL at http://pki.contoso.test/cdp/ContosoIssuingCA1+.crl"),
        ("extranet-not-allowed", "alice", "for the extranet (4 of 4 extranet pairs fail; the others"),
        ("claim-missing", "alice", "serial number does not reach the token"),
        ("claim-misspelt", "alice", "issuer does not reach the token"),
        ("tenant-ca-missing", "alice", "The tenant does not list the CA CN=Contoso Issuing CA 1,O=Contoso"),
        ("tenant-ca-type", "bob", "does not list CN=Contoso Root CA,O=Contoso as a root"),
        ("prompt-login", "bob", "apps that send prompt=login get a password form"),
        ("signing-unknown", "bob", "does not know the certificate by which AD FS signs tokens"),
        ("proxy-trust-lost", "bob", "WAP01 is not trusted by any AD FS node"),
        ("wap-service-stopped", "bob", "WAP01 does not run appproxysvc"),
        ("service-stopped", "bob", "STS02 does not run the AD FS service, so nothing listens on port 49443"),
        ("listener-closed", "bob", "WAP02 does not listen on port 49443"),
        ("binding-missing", "bob", "WAP02 has no TLS binding for sts.contoso.test:49443"),
        ("negotiate-off", "bob", "WAP02 does not ask for a certificate in the handshake"),
        ("reservation-missing", "bob", "WAP02 has no URL reservation for AD FS on port 49443"),
        ("reservation-wrong-sid", "bob", "WAP01: the AD FS service may not listen on https://+:49443/adfs/"),
        ("ntauth-missing", "bob", "does not hold CN=Contoso Issuing CA 2,O=Contoso in NTAuth"),
        ("non-root-in-root", "alice", "WAP01 fails: CN=Contoso Issuing CA 2,O=Contoso is in the trusted root store"),
        ("endpoint-disabled", "bob", "/adfs/services/trust/2005/certificatetransport: the endpoint is disabled"),
    ],
)
def test_a_planted_fault_is_the_answer(tmp_path, scenario, user, answer) -> None:
    with trace_of(tmp_path, scenario, user) as trace:
        assert trace.verdict is Verdict.FAILS
        assert answer in trace.answer


def test_a_fault_of_another_users_ca_is_nothing_to_this_user(tmp_path) -> None:
    with trace_of(tmp_path, "issuing-ca-missing", "bob") as trace:
        assert trace.verdict is Verdict.UNKNOWN
        assert said(trace, "wap-chain", "WAP02") == "passes"


def test_where_nobody_collected_what_would_tell_nothing_is_claimed(tmp_path) -> None:
    with trace_of(tmp_path, "unknown") as trace:
        assert trace.verdict is Verdict.UNKNOWN
        assert not any(one.verdict is Verdict.FAILS for path in trace.paths for one in path.hops)
        assert said(trace, "port", "WAP01") == "unknown"
