"""Delta CRLs from both places that name them: the certificate and the base CRL."""

from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from farmsight_agent.retrieve.freshest import MOST, MOST_PER_CRL, Freshest
from farmsight_agent.retrieve.target import Target
from farmsight_lab.servers import answers
from farmsight_wire.v1 import facts_pb2
from tests.agent.retrieve.conftest import DER, TODAY, Ca

CRL, DELTA = facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA


def outcome(value: facts_pb2.Retrieval) -> str:
    return facts_pb2.RetrievalOutcome.Name(value.outcome).removeprefix("RETRIEVAL_OUTCOME_")


def delta(ca: Ca, base: int) -> bytes:
    """Return a delta CRL of the root to this base."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.root.certificate.subject)
        .last_update(TODAY)
        .next_update(TODAY.replace(year=TODAY.year + 1))
        .add_extension(x509.CRLNumber(base + 1), critical=False)
        .add_extension(x509.DeltaCRLIndicator(base), critical=True)
    )
    return builder.sign(ca.root.key, hashes.SHA256()).public_bytes(DER)


def answer(*urls: str, signature: int = facts_pb2.SIGNATURE_CHECK_VERIFIED) -> facts_pb2.Retrieval:
    return facts_pb2.Retrieval(signature=signature, crl=facts_pb2.CrlSummary(freshest_urls=urls))


def base(url: str = "http://pki.test/ca.crl") -> Target:
    return Target(purpose=CRL, url=url, named_by=("aa",))


def test_a_delta_that_base_and_certificate_name_is_fetched_once(ca, server, run):
    server.put("/base.crl", answers.crl(ca.crl(freshest=server.url("/base+.crl"))))
    server.put("/base+.crl", answers.crl(delta(ca, 10)))
    targets = [ca.target(server.url("/base.crl")), ca.target(server.url("/base+.crl"), DELTA)]

    facts = run(*targets)

    assert [fact.key for fact in facts] == [target.key for target in targets]
    assert sum(asked.target == "/base+.crl" for asked in server.requests) == 1
    assert facts[1].retrieval.crl.delta_base_number == "a"
    assert not facts[1].retrieval.remarks


def test_a_delta_of_the_base_alone_says_so(ca, server, run):
    server.put("/base.crl", answers.crl(ca.crl(freshest=server.url("/base+.crl"))))
    server.put("/base+.crl", answers.crl(delta(ca, 10)))

    found = run(ca.target(server.url("/base.crl")))[1].retrieval

    assert (outcome(found), found.signature) == ("OK", facts_pb2.SIGNATURE_CHECK_VERIFIED)
    assert list(found.remarks) == [f"named by the base CRL at {server.url('/base.crl')}"]


def test_what_a_foreign_crl_names_is_recorded_and_not_fetched(ca, server, run):
    """Whoever stands on the way can write any URL into a CRL that nobody verifies."""
    server.put("/base.crl", answers.crl(ca.crl(ca.other, freshest=server.url("/inside"))))

    found = run(ca.target(server.url("/base.crl")))[1].retrieval

    assert outcome(found) == "UNKNOWN"
    assert "is not the CA's" in found.detail
    assert [asked.target for asked in server.requests] == ["/base.crl"]


def test_a_base_crl_without_its_issuer_at_hand_is_followed():
    named = Freshest(set())
    named.add(base(), answer("http://x/", signature=facts_pb2.SIGNATURE_CHECK_ISSUER_NOT_AVAILABLE))

    assert [one.not_fetched for one in named.targets] == [""]


def test_a_crl_with_hundreds_of_urls_costs_twenty_and_says_so():
    named = Freshest(set())
    named.add(base(), answer(*(f"http://x/{n}" for n in range(100))))

    assert [bool(one.not_fetched) for one in named.targets] == [False] * MOST_PER_CRL + [True]
    assert "80 more URLs" in named.targets[-1].not_fetched


def test_the_deltas_of_a_run_are_bounded_and_the_cut_is_told():
    named = Freshest(set())
    for n in range(30):
        named.add(base(f"http://pki.test/{n}.crl"), answer(*(f"http://x/{n}/{m}" for m in range(10))))

    assert [bool(one.not_fetched) for one in named.targets] == [False] * MOST + [True]


def test_an_endless_url_is_recorded_and_not_fetched():
    named = Freshest(set())
    named.add(base(), answer("http://x/" + "a" * 5000))

    (only,) = named.targets
    assert (len(only.url), only.not_fetched) == (200, "not fetched: a URL of 5009 characters")


def test_deltas_name_no_further_ones():
    named = Freshest(set())
    named.add(replace(base(), purpose=DELTA), answer("http://x/"))

    assert not named.targets
