"""A user's certificate that was revoked is told as such, and is nobody's fault."""

import hashlib

from cryptography import x509

from farmsight_collector.rules.user.revoked import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact
from tests.fakes.pki import ISSUING, ISSUING_URL, Made, World, crl, crl_der, found, make, retrieval, untold
from tests.fakes.users import ADA, SUBJECT, given, with_user


def listing(*revoked: Made, issuer: Made = ISSUING, purpose: str = "crl", reason=None, url: str = ISSUING_URL):
    """Return the fetch of a CRL with these certificates on it, and its bytes."""
    data = crl_der(issuer, *revoked, reason=reason)
    body = crl(issuer, blob_sha256=hashlib.sha256(data).digest())
    return retrieval(url, "system", purpose=purpose, body=body), data


def world(*listed: tuple[facts_pb2.Fact, bytes]) -> World:
    made = with_user(given())
    for one, data in listed:
        made.put("STS02", one)
        made.blobs.append(data)
    return made


def verdict(error: int = 0, revocation: str = "", passed: bool = False) -> facts_pb2.Fact:
    element = facts_pb2.ChainElement(error_status=error)
    element.certificate.sha1 = ADA.sha1
    checked = facts_pb2.TRISTATE_YES if passed else facts_pb2.TRISTATE_UNKNOWN
    value = facts_pb2.ChainVerdict(elements=[element], revocation_error=revocation, revocation_checked=checked)
    return fact(value, ADA.sha1, "system")


def test_a_certificate_on_its_issuers_crl_is_told() -> None:
    assert found(RULE, world(listing(ADA))) == [(SUBJECT, (), (), "info")]


def test_a_crl_without_it_clears_it() -> None:
    other = make("Other", ISSUING, ca=None)

    assert found(RULE, world(listing(other))) == []
    assert untold(RULE, world(listing(other))) == []


def test_a_delta_that_takes_a_hold_back_clears_it() -> None:
    held = listing(ADA, reason=x509.ReasonFlags.certificate_hold)
    delta = listing(ADA, purpose="delta", reason=x509.ReasonFlags.remove_from_crl, url="http://pki.contoso.com/d.crl")

    assert found(RULE, world(held, delta)) == []
    assert [f[0] for f in found(RULE, world(held))] == [SUBJECT]


def test_a_crl_of_another_ca_says_nothing_of_it() -> None:
    other = make("Other CA", ca=True)

    assert found(RULE, world(listing(ADA, issuer=other))) == []
    assert untold(RULE, world(listing(ADA, issuer=other))) == [(None, None)]


def test_what_a_server_said_itself_counts() -> None:
    for said in (verdict(error=0x4), verdict(revocation="0x80092010")):
        assert [f[0] for f in found(RULE, with_user(given(), said))] == [SUBJECT]
    assert untold(RULE, with_user(given(), verdict(passed=True))) == []


def test_an_offline_check_tells_nothing() -> None:
    assert untold(RULE, with_user(given(), verdict(error=0x40, revocation="0x80092013"))) == [(None, None)]


def test_a_responder_that_says_revoked_is_believed() -> None:
    answer = facts_pb2.OcspSummary(
        certificate_status=facts_pb2.OCSP_CERTIFICATE_STATUS_REVOKED,
        certificate_serial=f"{ADA.certificate.serial_number:x}",
    )
    one = retrieval("http://ocsp.contoso.com/", purpose="ocsp", named_by=(ADA,), ocsp=answer)

    assert [f[0] for f in found(RULE, with_user(given(), one))] == [SUBJECT]


def test_without_a_crl_whose_bytes_are_here_it_can_not_be_told() -> None:
    assert found(RULE, with_user(given())) == []
    assert untold(RULE, with_user(given())) == [(None, None)]
