"""The walk on top of chains that are really built: what one server lacks, and what a CRL lists."""

import hashlib

from cryptography import x509

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import certificates
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.signin.walk import traced
from tests.collector.signin.scenes import hop, said
from tests.fakes import pki
from tests.fakes.pki import ISSUING, ISSUING_URL, ROOT, URL, World, crl_der, retrieval, user

LEAF = pki.extended(user(), ISSUING, x509.SubjectAlternativeName([x509.RFC822Name("ada@contoso.com")]), critical=False)


def trace_of(world: World, leaf=LEAF):
    view = world.farm()
    return traced(view, evaluate(view, RULES), certificates.parse(leaf.der))


def listing(world: World, url: str, data: bytes, *accounts: str) -> World:
    """Let these accounts of every server have fetched this very CRL."""
    body = pki.crl(ISSUING if url == ISSUING_URL else ROOT, number="0b", blob_sha256=hashlib.sha256(data).digest())
    world.blobs.append(data)
    for account in accounts or ("system", "adfs-service", "network-service"):
        world.put_all(retrieval(url, account, body=body, body_sha256=hashlib.sha256(data).digest()))
    return world


def current(world: World) -> World:
    """Let every account have the CRLs of both CAs, in full and with nobody on them."""
    return listing(listing(world, ISSUING_URL, crl_der(ISSUING)), URL, crl_der(ROOT))


def test_chains_and_revocation_pass_where_stores_and_crls_are_there() -> None:
    trace = trace_of(current(World()))

    for name, server in (("wap-chain", "WAP01"), ("adfs-chain", "STS01"), ("wap-revocation", "WAP01")):
        assert said(trace, name, server) == "passes", hop(trace, name, server).why


def test_an_issuing_ca_that_one_wap_lacks_fails_its_pairs_alone() -> None:
    trace = trace_of(current(World()).take("WAP02", f"CA/{ISSUING.sha1}"))

    assert [path.via for path in trace.paths if path.verdict is Verdict.FAILS] == [
        ("WAP02", "STS01"), ("WAP02", "STS02"),
    ]  # fmt: skip
    assert "WAP02 cannot build the chain" in trace.answer
    assert "2 of 4 extranet pairs fail" in trace.answer
    found = hop(trace, "wap-chain", "WAP02")
    assert "STORE-03" in found.catalogue
    assert "store.issuing-ca-missing" in found.codes


def test_a_revoked_user_fails_everywhere_with_the_date_and_the_reason() -> None:
    world = listing(current(World()), ISSUING_URL, crl_der(ISSUING, LEAF, reason=x509.ReasonFlags.key_compromise))

    trace = trace_of(world)

    assert all(path.verdict is Verdict.FAILS for path in trace.paths)
    found = hop(trace, "wap-revocation", "WAP01", "system")
    assert found.catalogue == ("CRL-33",)
    assert "2026-11-22 10:00 UTC" in found.why
    assert "keyCompromise" in found.why
    assert "as is meant" in found.user_sees
    assert said(trace_of(world, user()), "wap-revocation", "WAP01") == "passes", "another user is not on the list"


def test_a_service_account_that_cannot_fetch_is_named_with_the_account() -> None:
    world = current(World())
    for url in (ISSUING_URL, URL):
        world.put("STS01", retrieval(url, "adfs-service", outcome="CONNECT_TIMED_OUT"))

    found = hop(trace_of(world), "adfs-revocation", "STS01", "adfs-service")

    assert (found.verdict, found.context) == (Verdict.FAILS, "adfs-service")
    assert "CRL-02" in found.catalogue
    assert said(trace_of(world), "adfs-revocation", "STS02", "adfs-service") == "passes"


def test_a_binding_without_revocation_checks_lets_the_system_account_pass() -> None:
    world = listing(current(World()), ISSUING_URL, crl_der(ISSUING, LEAF))
    for name in ("WAP01", "WAP02"):
        world.put(name, pki.binding(verify_client_revocation=False))
    trace = trace_of(world)

    assert said(trace, "wap-revocation", "WAP01", "system") == "passes"
    assert said(trace, "wap-revocation", "WAP01", "network-service") == "fails"
