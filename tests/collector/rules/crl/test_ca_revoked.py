"""crl.ca-revoked."""

import hashlib

from cryptography import x509

from farmsight_collector.rules.crl.ca_revoked import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING, ROOT, URL, World, crl, crl_der, found, judged, make, retrieval, untold


def listed(data: bytes | None = None, **fields: object) -> World:
    digest = hashlib.sha256(data).digest() if data else b""
    made = retrieval(URL, body=crl(blob_sha256=digest, **fields), answer_lists_subject_revoked=True)
    world = World().put("STS01", made)
    if data:
        world.blobs.append(data)
    return world


def test_a_listed_ca_is_named() -> None:
    assert found(RULE, listed()) == [(ISSUING.subject, ("STS01",), ("system",), "critical")]


def test_the_crl_itself_says_whether_it_is_on_hold() -> None:
    held = crl_der(ROOT, ISSUING, reason=x509.ReasonFlags.certificate_hold)

    assert "on hold" in judged(RULE, listed(held)).findings[0].title
    assert "is revoked" in judged(RULE, listed(crl_der(ROOT, ISSUING))).findings[0].title


def test_a_crl_that_lists_another_certificate_of_the_url_is_no_finding_for_this_one() -> None:
    assert found(RULE, listed(crl_der(ROOT, make("Retired CA", ROOT)))) == []


def test_a_newer_crl_at_a_mirror_that_does_not_list_it_wins() -> None:
    assert (
        found(RULE, listed().put("STS01", retrieval("http://mirror.contoso.com/root.crl", body=crl(number="0c")))) == []
    )


def test_a_delta_can_take_a_hold_back() -> None:
    released = crl_der(ROOT, ISSUING, reason=x509.ReasonFlags.remove_from_crl)
    world = listed(crl_der(ROOT, ISSUING, reason=x509.ReasonFlags.certificate_hold))
    body = crl(number="0b", delta_base_number="0a", blob_sha256=hashlib.sha256(released).digest())
    world.put("STS01", retrieval("http://pki.contoso.com/root+.crl", purpose="delta", body=body))
    world.blobs.append(released)

    assert found(RULE, world) == []


def test_a_responder_that_says_revoked() -> None:
    ocsp = facts_pb2.OcspSummary(certificate_status=facts_pb2.OCSP_CERTIFICATE_STATUS_REVOKED)
    world = World().put("WAP01", retrieval("http://ocsp.contoso.com/", purpose="ocsp", ocsp=ocsp))

    assert found(RULE, world) == [(ISSUING.subject, ("WAP01",), ("system",), "critical")]


def test_a_crl_with_a_bad_signature_proves_nothing() -> None:
    made = retrieval(URL, signature="FAILED", answer_lists_subject_revoked=True)

    assert found(RULE, World().put("STS01", made)) == []
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
