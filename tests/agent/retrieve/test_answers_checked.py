"""What an answer is, and whether it is the one that was asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_agent.retrieve.answers import judge_aia, judge_crl
from farmsight_agent.retrieve.ocsp import judge as judge_ocsp
from farmsight_agent.retrieve.sniff import cut_off, pem_to_der, sniff
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_lab.servers import answers
from farmsight_lab.servers.bulk import bulk_crl
from farmsight_lab.servers.ocsp import OcspResponder
from farmsight_wire.v1 import facts_pb2

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
AIA, OCSP = facts_pb2.RETRIEVAL_PURPOSE_AIA, facts_pb2.RETRIEVAL_PURPOSE_OCSP


def outcome(value: facts_pb2.Retrieval) -> str:
    return facts_pb2.RetrievalOutcome.Name(value.outcome).removeprefix("RETRIEVAL_OUTCOME_")


def check(value: facts_pb2.Retrieval) -> str:
    return facts_pb2.SignatureCheck.Name(value.signature).removeprefix("SIGNATURE_CHECK_")


@pytest.fixture
def crl_check(server, fetch):
    def verdict(der: bytes) -> str:
        server.put("/a.crl", answers.crl(der))
        return check(fetch(server.url("/a.crl")))

    return verdict


def test_the_signature_of_a_crl_is_told_apart(ca, crl_check):
    assert crl_check(ca.crl()) == "VERIFIED"
    assert crl_check(answers.spoiled_signature(ca.crl())) == "FAILED"
    assert crl_check(ca.crl(ca.other)) == "WRONG_ISSUER"
    assert crl_check(ca.crl(ca.twin)) == "WRONG_ISSUER"  # right name, another key's identifier
    assert crl_check(ca.crl(ca.twin, aki=False)) == "FAILED"


def test_without_the_issuer_the_signature_is_not_known(ca, server, run):
    server.put("/a.crl", answers.crl(ca.crl()))
    bare = replace(ca.target(server.url("/a.crl")), issuer_der=None)
    broken = replace(ca.target(server.url("/b.crl")), url=server.url("/a.crl?"), issuer_der=b"\x30\x00")
    server.put("/a.crl?", answers.crl(ca.crl()))

    assert [check(fact.retrieval) for fact in run(bare, broken)] == ["ISSUER_NOT_AVAILABLE"] * 2


def test_one_of_several_cas_may_have_signed(ca, server, run):
    """Two CAs that share a URL: the CRL of either is good."""
    server.put("/a.crl", answers.crl(ca.crl(ca.other)))
    target = replace(ca.target(server.url("/a.crl")), other_issuers=(ca.other.der,))

    value = run(target)[0].retrieval

    assert (check(value), value.expected_issuer_sha1) == ("VERIFIED", ca.other.sha1)


def test_a_ca_certificate_on_the_crl_is_told(ca, server, fetch):
    server.put("/a.crl", answers.crl(ca.crl(revoked=(ca.other, ca.issuing))))
    server.put("/b.crl", answers.crl(ca.crl(revoked=(ca.other,))))
    server.put("/c.crl", answers.crl(ca.crl(revoked=(ca.issuing,), removed=True)))
    server.put("/d.crl", answers.crl(answers.spoiled_signature(ca.crl(revoked=(ca.issuing,)))))

    listed = [fetch(server.url(f"/{n}.crl")).answer_lists_subject_revoked for n in "abcd"]

    assert listed == [True, False, False, False]


def test_the_delta_that_a_base_crl_names_is_fetched(ca, server, run):
    """The certificate names no delta; the base CRL does."""
    server.put("/base.crl", answers.crl(ca.crl(freshest=server.url("/base+.crl"))))

    facts = run(ca.target(server.url("/base.crl")))

    assert [fact.key for fact in facts] == [
        f"crl {server.url('/base.crl')}",
        f"delta {server.url('/base+.crl')}",
    ]
    assert facts[1].retrieval.http_status == 404
    assert list(facts[1].retrieval.named_by) == [ca.issuing.sha1]


def test_a_pem_crl_is_read_and_told(ca, server, fetch):
    from cryptography import x509

    server.put("/a.crl", answers.crl(x509.load_der_x509_crl(ca.crl()).public_bytes(PEM)))

    value = fetch(server.url("/a.crl"))

    assert value.body_kind == facts_pb2.BODY_KIND_PEM_CRL
    assert (outcome(value), check(value)) == ("OK", "VERIFIED")


def test_a_certificate_where_a_crl_should_be_is_a_bad_body(ca, server, fetch):
    server.put("/a.crl", answers.crl(ca.root.der))

    value = fetch(server.url("/a.crl"))

    assert outcome(value) == "BAD_BODY"
    assert value.body_kind == facts_pb2.BODY_KIND_DER_CERTIFICATE


def test_aia_answers_in_every_form(ca, server, fetch):
    """DER, PEM and PKCS#7 all hold the issuer."""
    bundle = pkcs7.serialize_certificates([ca.other.certificate, ca.root.certificate], DER)
    bodies = {
        "DER_CERTIFICATE": ca.root.der,
        "PEM_CERTIFICATE": ca.root.certificate.public_bytes(PEM),
        "PKCS7": bundle,
    }
    for name, body in bodies.items():
        server.put("/ca.crt", answers.certificate(body))
        value = fetch(server.url("/ca.crt"), AIA)

        assert facts_pb2.BodyKind.Name(value.body_kind) == f"BODY_KIND_{name}"
        assert (outcome(value), check(value), value.expected_issuer_sha1) == ("OK", "VERIFIED", ca.root.sha1)


def test_aia_with_another_ca_is_the_wrong_issuer(ca, server, fetch):
    for made, verdict in ((ca.other, "WRONG_ISSUER"), (ca.twin, "FAILED")):
        server.put("/ca.crt", answers.certificate(made.der))

        assert check(fetch(server.url("/ca.crt"), AIA)) == verdict


def responder(ca, **settings):
    base = {"issuer": ca.root.certificate, "signer": ca.responder.certificate, "signer_key": ca.responder.key}
    return OcspResponder(**(base | settings))


def test_ocsp_is_asked_by_get_and_checked(ca, server, fetch):
    server.put_ocsp("/ocsp", responder(ca))

    value = fetch(server.url("/ocsp"), OCSP)

    assert (outcome(value), check(value)) == ("OK", "VERIFIED")
    assert value.ocsp.certificate_status == facts_pb2.OCSP_CERTIFICATE_STATUS_GOOD
    assert value.ocsp.responder_sha1 == ca.responder.sha1
    assert [asked.method for asked in server.requests] == ["GET", "POST"]  # the second for the nonce alone


def test_an_answer_signed_on_demand_is_the_same_fact_each_time(ca, server, fetch, blobs):
    """Its bytes are new in every run, and so are its times, unless it is made from an older CRL."""
    server.put_ocsp("/ocsp", responder(ca))
    first, second = (fetch(server.url("/ocsp"), OCSP) for _ in range(2))
    assert first == second
    assert not blobs

    server.put_ocsp("/ocsp", responder(ca, shift=timedelta(hours=-1)))
    assert fetch(server.url("/ocsp"), OCSP).ocsp.HasField("next_update")


def test_an_answer_signed_beforehand_is_kept_as_evidence(ca):
    kept = []
    value = facts_pb2.Retrieval()
    target = ca.target("http://ocsp.test/", OCSP)

    judge_ocsp(
        target, _response(ca), value, lambda data: kept.append(data) or b"", datetime.now(UTC) + timedelta(hours=1)
    )

    assert len(kept) == 1
    assert value.ocsp.HasField("produced_at")
    assert value.ocsp.HasField("next_update")


def test_ocsp_falls_back_to_post(ca, server, fetch):
    server.put_ocsp("/ocsp", responder(ca, refuse_get=True))

    value = fetch(server.url("/ocsp"), OCSP)

    assert outcome(value) == "OK"
    assert [asked.method for asked in server.requests] == ["GET", "POST", "POST"]
    assert [hop.http_status for hop in value.hops] == [405, 200]


def test_ocsp_of_a_revoked_ca(ca, server, fetch):
    server.put_ocsp("/ocsp", responder(ca, revoked={ca.issuing.certificate.serial_number}))

    value = fetch(server.url("/ocsp"), OCSP)

    assert value.ocsp.certificate_status == facts_pb2.OCSP_CERTIFICATE_STATUS_REVOKED
    assert value.answer_lists_subject_revoked


@pytest.mark.parametrize(
    ("settings_", "expected"),
    [
        ({"error": ocsp.OCSPResponseStatus.TRY_LATER}, ("OCSP_ERROR", "UNSPECIFIED")),
        ({"error": ocsp.OCSPResponseStatus.UNAUTHORIZED}, ("OCSP_ERROR", "UNSPECIFIED")),
        ({"wrong_serial": True}, ("BAD_BODY", "UNSPECIFIED")),
        ({"shift": timedelta(days=-5)}, ("OK", "VERIFIED")),
        ({"spoiled": True, "with_issuer": True}, ("OK", "FAILED")),
        ({"foreign": True}, ("OK", "WRONG_ISSUER")),
    ],
    ids=["try-later", "unauthorized", "another certificate", "stale", "spoiled", "foreign signer"],
)
def test_ocsp_faults_are_told_apart(ca, server, fetch, settings_, expected):
    settings_ = dict(settings_)
    if settings_.pop("with_issuer", False):  # the response ends with the signature: no delegate's certificate
        settings_ |= {"signer": ca.root.certificate, "signer_key": ca.root.key}
    if settings_.pop("foreign", False):
        settings_ |= {"signer": ca.other.certificate, "signer_key": ca.other.key}
    server.put_ocsp("/ocsp", responder(ca, **settings_))

    value = fetch(server.url("/ocsp"), OCSP)

    assert (outcome(value), check(value)) == expected


def test_a_responder_is_asked_about_every_ca_and_the_worst_answer_counts(ca, server, run):
    """Two CAs under one responder, the second of them revoked."""
    server.put_ocsp("/ocsp", responder(ca, revoked={ca.responder.certificate.serial_number}))
    serials = tuple(f"{one.certificate.serial_number:x}" for one in (ca.issuing, ca.responder))
    base = replace(ca.target(server.url("/ocsp"), OCSP), serials=serials)
    both = replace(base, questions=((ca.responder.der, ca.root.der), (ca.issuing.der, ca.root.der)))

    (fact,) = run(both)

    assert len(server.requests) == 4  # each certificate once, and once with a nonce
    assert fact.retrieval.answer_lists_subject_revoked
    assert fact.retrieval.ocsp.certificate_serial == serials[1]


def test_ocsp_without_the_issuer_is_not_asked(ca, server, run):
    target = replace(ca.target(server.url("/ocsp"), OCSP), issuer_der=None)

    assert outcome(run(target)[0].retrieval) == "UNKNOWN"
    assert not server.requests


def test_a_bulk_crl_is_a_crl(ca, server, run):
    """The CRLs that the lab writes by hand verify and hold what they should."""
    at = ca.root.certificate.not_valid_before_utc
    serial = ca.issuing.certificate.serial_number
    der = bulk_crl(ca.root.certificate, ca.root.key, entries=1000, serials=[serial], this_update=at, next_update=at)
    server.put("/a.crl", answers.crl(der))

    value = run(ca.target(server.url("/a.crl")))[0].retrieval

    assert check(value) == "VERIFIED"
    assert value.crl.entries == 1001
    assert value.answer_lists_subject_revoked


BODIES = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=100).map(lambda tail: b"\x30\x82\x01\x00" + tail),
    st.binary(max_size=100).map(lambda tail: b"-----BEGIN X509 CRL-----\n" + tail + b"\n-----END X509 CRL-----"),
)


@given(data=BODIES)
def test_sniffing_never_raises(data):
    sniff(data)
    cut_off(data)
    pem_to_der(data)


@pytest.fixture(scope="module")
def good_bodies(ca) -> list[bytes]:
    return [ca.crl(revoked=(ca.issuing,)), ca.root.der, _response(ca)]


@settings(deadline=None, max_examples=200)
@given(
    which=st.integers(0, 2),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=6),
    kept=st.floats(0, 1),
    cut=st.booleans(),
)
def test_hostile_answers_are_refused_and_never_raise(ca, good_bodies, which, changes, kept, cut):
    """A real CRL, certificate or response with any bytes changed gives an outcome, never an exception."""
    changed = bytearray(good_bodies[which])
    for place, byte in changes:
        changed[int(place * len(changed))] = byte
    body = bytes(changed[: int(kept * len(changed))] if cut else changed)
    target = Target(purpose=OCSP, url="http://x/", issuer_der=ca.root.der, subject_der=ca.issuing.der, serials=("1f",))

    def ocsp_now(*arguments):
        judge_ocsp(*arguments, datetime.now(UTC))

    for judge in (judge_crl, judge_aia, ocsp_now):
        try:
            judge(target, body, facts_pb2.Retrieval(), lambda _: b"")
        except RetrievalTroubleError:
            continue


def test_a_certificate_of_a_version_that_there_is_not_is_one_that_does_not_parse(ca):
    """Its library says so by an error of its own kind."""
    odd = ca.root.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01", 1)
    assert odd != ca.root.der
    target = Target(purpose=AIA, url="http://x/", issuer_der=odd, subject_der=odd)
    told = facts_pb2.Retrieval()
    judge_aia(target, odd, told, lambda _: b"")
    judge_crl(target, ca.crl(), told, lambda _: b"")
    assert told.signature == facts_pb2.SIGNATURE_CHECK_ISSUER_NOT_AVAILABLE


@given(data=BODIES)
def test_hostile_certificates_as_issuer_or_subject_never_raise(ca, data):
    target = Target(purpose=AIA, url="http://x/", issuer_der=data, subject_der=data)
    judge_crl(target, ca.crl(), facts_pb2.Retrieval(), lambda _: b"")
    judge_aia(target, ca.root.der, facts_pb2.Retrieval(), lambda _: b"")


def _response(ca) -> bytes:
    builder = ocsp.OCSPRequestBuilder()
    from cryptography.hazmat.primitives import hashes

    request = builder.add_certificate(ca.issuing.certificate, ca.root.certificate, hashes.SHA1()).build()
    return responder(ca).answer(request.public_bytes(DER), "POST").body
