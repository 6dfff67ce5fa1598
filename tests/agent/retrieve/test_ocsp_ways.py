"""Every way of asking a responder: GET, POST, with a nonce; a lab's responder and OpenSSL's own."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.x509 import ocsp

from farmsight_lab.servers import answers
from farmsight_lab.servers.answers import Answer
from farmsight_lab.servers.ocsp import OcspResponder
from farmsight_wire.v1 import facts_pb2
from tests.agent.retrieve.conftest import Ca

OCSP = facts_pb2.RETRIEVAL_PURPOSE_OCSP
OPENSSL = shutil.which("openssl")


def ways(value: facts_pb2.Retrieval) -> list[str]:
    """Return each way as "GET OK 200 GOOD", the ones with a nonce in brackets."""
    rows = []
    for way in value.ocsp.ways:
        outcome = facts_pb2.RetrievalOutcome.Name(way.outcome).removeprefix("RETRIEVAL_OUTCOME_")
        status = facts_pb2.OcspCertificateStatus.Name(way.certificate_status)
        text = f"{way.method} {outcome} {way.http_status} {status.removeprefix('OCSP_CERTIFICATE_STATUS_')}"
        rows.append(f"({text})" if way.with_nonce else text)
    return rows


def echoed(value: facts_pb2.Retrieval) -> str:
    return facts_pb2.Tristate.Name(value.ocsp.nonce_echoed).removeprefix("TRISTATE_")


def responder(ca: Ca, **settings: object) -> OcspResponder:
    base = {"issuer": ca.root.certificate, "signer": ca.responder.certificate, "signer_key": ca.responder.key}
    return OcspResponder(**(base | settings))


@dataclass(frozen=True, kw_only=True)
class RefusesNonces(OcspResponder):
    """A responder that takes a request with an extension for malformed, as some do."""

    def answer(self, request_der: bytes, method: str) -> Answer:
        if len(ocsp.load_der_ocsp_request(request_der).extensions):
            refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
            return Answer(body=refusal.public_bytes(s.Encoding.DER), content_type=answers.OCSP)
        return super().answer(request_der, method)


def test_each_way_that_was_tried_is_told(ca, server, fetch):
    server.put_ocsp("/ocsp", responder(ca))

    value = fetch(server.url("/ocsp"), OCSP)

    assert ways(value) == ["GET OK 200 GOOD", "(POST OK 200 GOOD)"]
    assert echoed(value) == "YES"


def test_the_nonce_is_of_32_octets_and_new_each_time(ca, server, fetch):
    server.put_ocsp("/ocsp", responder(ca))
    for _ in range(2):
        fetch(server.url("/ocsp"), OCSP)

    sent = [ocsp.load_der_ocsp_request(one.body).extensions for one in server.requests if one.method == "POST"]
    nonces = [next(iter(one)).value.nonce for one in sent]
    assert [len(one) for one in nonces] == [32, 32]
    assert nonces[0] != nonces[1]


def test_a_responder_that_takes_no_get_is_asked_by_post(ca, server, fetch):
    server.put_ocsp("/ocsp", responder(ca, refuse_get=True))

    assert ways(fetch(server.url("/ocsp"), OCSP)) == [
        "GET HTTP_STATUS 405 UNSPECIFIED",
        "POST OK 200 GOOD",
        "(POST OK 200 GOOD)",
    ]


def test_a_url_too_long_for_get_is_asked_by_post_alone(ca, server, fetch):
    path = "/ocsp" + "x" * 250
    server.put_ocsp(path, responder(ca))

    assert ways(fetch(server.url(path), OCSP)) == ["POST OK 200 GOOD", "(POST OK 200 GOOD)"]


def test_a_responder_that_leaves_the_nonce_out_is_no_fault(ca, server, fetch):
    server.put_ocsp("/ocsp", responder(ca, echo_nonce=False))

    value = fetch(server.url("/ocsp"), OCSP)

    assert (value.outcome, echoed(value)) == (facts_pb2.RETRIEVAL_OUTCOME_OK, "NO")


def test_a_responder_that_refuses_a_nonce_is_told_and_its_verdict_stands(ca, server, fetch):
    base = responder(ca)
    server.put_ocsp("/ocsp", RefusesNonces(issuer=base.issuer, signer=base.signer, signer_key=base.signer_key))

    value = fetch(server.url("/ocsp"), OCSP)

    assert ways(value) == ["GET OK 200 GOOD", "(POST OCSP_ERROR 200 UNSPECIFIED)"]
    assert (value.outcome, echoed(value)) == (facts_pb2.RETRIEVAL_OUTCOME_OK, "UNKNOWN")


def test_a_responder_that_is_not_there_is_not_asked_again(ca, fetch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert ways(fetch(f"http://127.0.0.1:{port}/ocsp", OCSP)) == ["GET REFUSED 0 UNSPECIFIED"]


def test_the_nonce_is_asked_for_once_a_responder_and_told_with_whichever_answer_counts(ca, server, run):
    """The fact is about the second certificate, which is revoked; the first was asked with the nonce."""
    server.put_ocsp("/ocsp", responder(ca, revoked={ca.responder.certificate.serial_number}))
    serials = tuple(f"{one.certificate.serial_number:x}" for one in (ca.issuing, ca.responder))
    target = replace(ca.target(server.url("/ocsp"), OCSP), serials=serials)

    (fact,) = run(replace(target, questions=((ca.responder.der, ca.root.der),)))

    assert ways(fact.retrieval) == ["GET OK 200 REVOKED", "(POST OK 200 GOOD)"]
    assert echoed(fact.retrieval) == "YES"
    assert sum(one.method == "POST" for one in server.requests) == 1


def test_an_answer_larger_than_any_is_not_taken_in(ca, server, fetch):
    path = "/ocsp" + "x" * 250
    server.put(path, Answer(body=bytes(2 * 1024 * 1024)))

    assert ways(fetch(server.url(path), OCSP)) == ["POST TOO_LARGE 200 UNSPECIFIED"]


def test_a_page_in_place_of_an_answer_is_told_for_each_way(ca, server, fetch):
    request = fetch(server.url("/ocsp"), OCSP).hops[0].url.rpartition("/ocsp/")[2]
    server.put(f"/ocsp/{request}", answers.html_page())
    server.put("/ocsp", answers.html_page())

    value = fetch(server.url("/ocsp"), OCSP)

    assert value.outcome == facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY
    assert ways(value) == [
        "GET BAD_BODY 200 UNSPECIFIED",
        "POST BAD_BODY 200 UNSPECIFIED",
        "(POST BAD_BODY 200 UNSPECIFIED)",
    ]


# OpenSSL's responder.


@pytest.fixture
def openssl(ca: Ca, tmp_path: Path) -> Iterator[str]:
    """OpenSSL's own responder for the root, with the issuing CA good and the responder's certificate revoked."""
    if OPENSSL is None:
        pytest.skip("openssl is not installed")
    for name, made in (("root", ca.root), ("signer", ca.responder)):
        (tmp_path / f"{name}.pem").write_bytes(made.certificate.public_bytes(s.Encoding.PEM))
    key = ca.responder.key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    (tmp_path / "signer.key").write_bytes(key)
    rows = [_row("V", ca.issuing.certificate), _row("R", ca.responder.certificate)]
    (tmp_path / "index.txt").write_text("\n".join(rows) + "\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = "-index index.txt -CA root.pem -rsigner signer.pem -rkey signer.key -ndays 1"
    command = [OPENSSL, "ocsp", "-port", str(port), *settings.split()]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        try:
            # It listens once it says so; a connection to try it would be taken for a client that is waited for.
            assert b"ACCEPT" in running.stdout.readline()
            yield f"http://127.0.0.1:{port}/"
        finally:
            running.terminate()
            running.wait(10)


def _row(status: str, certificate: object) -> str:
    """Return a row of OpenSSL's index: status, end, revocation, serial, file, subject."""
    ends = certificate.not_valid_after_utc.strftime("%y%m%d%H%M%SZ")
    revoked = "260101000000Z" if status == "R" else ""
    serial = f"{certificate.serial_number:x}".upper()
    padded = serial if len(serial) % 2 == 0 else f"0{serial}"
    return f"{status}\t{ends}\t{revoked}\t{padded}\tunknown\t/CN=x"


def test_openssls_responder_is_asked_in_every_way(ca, openssl, run):
    good = ca.target(openssl, OCSP)
    serials = (f"{ca.responder.certificate.serial_number:x}",)
    bad = replace(good, subject_der=ca.responder.der, serials=serials)

    first, second = (run(target)[0].retrieval for target in (good, bad))

    assert ways(first) == ["GET OK 200 GOOD", "(POST OK 200 GOOD)"], first
    assert (first.signature, echoed(first)) == (facts_pb2.SIGNATURE_CHECK_VERIFIED, "YES")
    assert ways(second) == ["GET OK 200 REVOKED", "(POST OK 200 REVOKED)"], second
    assert second.answer_lists_subject_revoked
