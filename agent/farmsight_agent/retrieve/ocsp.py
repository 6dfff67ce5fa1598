"""OCSP (RFC 6960), asked by GET as RFC 5019 has it, by POST where GET gives no answer."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from farmsight_agent.clock import timestamp
from farmsight_agent.normalise import name_text
from farmsight_agent.retrieve import issuer as issuers
from farmsight_agent.retrieve.answers import Keep, refuse_kind
from farmsight_agent.retrieve.fetch import Ask
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2

ON_DEMAND: Final = timedelta(minutes=5)  # younger than this, clocks apart by as much: signed for us
LONGEST_GET: Final = 255  # RFC 5019 5: longer URLs are asked by POST
REQUEST_TYPE: Final = "application/ocsp-request"
_DER: Final = serialization.Encoding.DER
_STATUS: Final = {
    ocsp.OCSPCertStatus.GOOD: facts_pb2.OCSP_CERTIFICATE_STATUS_GOOD,
    ocsp.OCSPCertStatus.REVOKED: facts_pb2.OCSP_CERTIFICATE_STATUS_REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: facts_pb2.OCSP_CERTIFICATE_STATUS_UNKNOWN,
}


def asks(target: Target) -> tuple[Ask, ...]:
    """Return the requests to try in turn, without nonce, so that answers may come from caches.

    Raises `RetrievalTroubleError` when the certificates for it are not at hand.
    """
    request = _request(target, None)
    tail = quote(base64.b64encode(request), safe="")
    by_get = Ask(url=f"{target.url.strip().rstrip('/')}/{tail}")
    by_post = Ask(url=target.url, body=request, body_type=REQUEST_TYPE)
    return (by_get, by_post) if len(by_get.url) <= LONGEST_GET else (by_post,)


def ask_with_nonce(target: Target, nonce: bytes) -> Ask:
    """Return the request with this nonce (RFC 9654 2), by POST: no cache may answer it."""
    return Ask(url=target.url, body=_request(target, nonce), body_type=REQUEST_TYPE)


def _request(target: Target, nonce: bytes | None) -> bytes:
    if target.subject_der is None or target.issuer_der is None:
        text = "not asked: the certificate, or that of its issuer, is not at hand"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN, text)
    try:
        subject = issuers.certificate_of(target.subject_der)
        issuer = issuers.certificate_of(target.issuer_der)
        # Responders of Windows and others know certificates by SHA-1 (RFC 5019 2.1.1).
        builder = ocsp.OCSPRequestBuilder().add_certificate(subject, issuer, hashes.SHA1())  # noqa: S303
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.build().public_bytes(_DER)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        text = f"not asked: no request can be made for this certificate: {error}"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN, text[:300]) from error


def status_in(data: bytes, target: Target) -> facts_pb2.OcspCertificateStatus.ValueType:
    """Return what an answer says of the certificate asked about, unchecked; raises as `judge` does."""
    with _readable():
        return _STATUS[_single(_successful(data), target).certificate_status]


def echoes(data: bytes, nonce: bytes) -> facts_pb2.Tristate.ValueType:
    """Tell whether a successful answer bears the nonce that was sent."""
    try:
        found = ocsp.load_der_ocsp_response(data).extensions.get_extension_for_class(x509.OCSPNonce)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return facts_pb2.TRISTATE_NO
    return facts_pb2.TRISTATE_YES if found.value.nonce == nonce else facts_pb2.TRISTATE_NO


def judge(target: Target, data: bytes, into: facts_pb2.Retrieval, keep: Keep, now: datetime) -> None:
    """Fill in what an OCSP answer says.

    An answer that was signed on demand differs from the last one each time,
    and says nothing new: what changes in it by itself (bytes, times of
    signing) is left out, so that the fact changes only when the truth does.
    Raises `RetrievalTroubleError`: BAD_BODY for what is no answer to the
    question, OCSP_ERROR for an answer that refuses.
    """
    with _readable():
        into.ocsp.response_status = _response(data).response_status.value
        response = _successful(data)
        if abs(response.produced_at_utc - now) < ON_DEMAND:
            into.ClearField("body_sha256")
            into.ClearField("size")
        else:
            into.ocsp.produced_at.CopyFrom(timestamp(response.produced_at_utc))
            keep(data)
        _fill(response, target, into, now)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        text = f"does not parse: {error}"[:300]
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY, text) from error


def _response(data: bytes) -> ocsp.OCSPResponse:
    refuse_kind(data, facts_pb2.BODY_KIND_OCSP_RESPONSE)
    return ocsp.load_der_ocsp_response(data)


def _successful(data: bytes) -> ocsp.OCSPResponse:
    response = _response(data)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        name = response.response_status.name.lower().replace("_", " ")
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_OCSP_ERROR, f"the responder says: {name}")
    return response


def _single(response: ocsp.OCSPResponse, target: Target) -> ocsp.OCSPSingleResponse:
    assert target.subject_der is not None  # else nothing was asked
    serial = issuers.certificate_of(target.subject_der).serial_number
    for one in response.responses:
        if one.serial_number == serial:
            return one
    text = "the answer is about another certificate"
    raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY, text)


def _fill(response: ocsp.OCSPResponse, target: Target, into: facts_pb2.Retrieval, now: datetime) -> None:
    single = _single(response, target)
    serial = single.serial_number
    summary = into.ocsp
    summary.certificate_status = _STATUS[single.certificate_status]
    summary.certificate_serial = f"{serial:x}"
    if abs(single.this_update_utc - now) >= ON_DEMAND:
        summary.this_update.CopyFrom(timestamp(single.this_update_utc))
        if single.next_update_utc is not None:
            summary.next_update.CopyFrom(timestamp(single.next_update_utc))
    if response.responder_name is not None:
        summary.responder = name_text(response.responder_name.public_bytes())
    elif response.responder_key_hash is not None:
        summary.responder = response.responder_key_hash.hex()
    into.signature = _signature(response, target, into)
    revoked = single.certificate_status is ocsp.OCSPCertStatus.REVOKED
    believed = into.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED
    into.answer_lists_subject_revoked = revoked and believed and f"{serial:x}" in target.serials


def _signature(
    response: ocsp.OCSPResponse, target: Target, into: facts_pb2.Retrieval
) -> facts_pb2.SignatureCheck.ValueType:
    """Check the response with the CA's key, or with that of a delegate of the CA (RFC 6960 4.2.2.2)."""
    issuer = issuers.load(target.issuer_der or b"")
    if issuer is None:
        return facts_pb2.SIGNATURE_CHECK_ISSUER_NOT_AVAILABLE
    into.expected_issuer_sha1 = issuer.sha1
    signer = _signer(response, issuer)
    into.ocsp.responder_sha1 = signer.fingerprint(hashes.SHA1()).hex()  # noqa: S303
    into.ocsp.responder_not_after.CopyFrom(timestamp(signer.not_valid_after_utc))
    if signer != issuer.certificate and not _is_delegate(signer, issuer.certificate):
        return facts_pb2.SIGNATURE_CHECK_WRONG_ISSUER
    try:
        _verify(response, signer)
    except InvalidSignature:
        return facts_pb2.SIGNATURE_CHECK_FAILED
    except UnsupportedAlgorithm:
        return facts_pb2.SIGNATURE_CHECK_UNSUPPORTED
    return facts_pb2.SIGNATURE_CHECK_VERIFIED


def _signer(response: ocsp.OCSPResponse, issuer: issuers.Issuer) -> x509.Certificate:
    """Return the certificate that the responder's identifier points at; the CA's when none does."""
    for one in response.certificates:
        if response.responder_name is not None and one.subject == response.responder_name:
            return one
        key_hash = x509.SubjectKeyIdentifier.from_public_key(one.public_key()).digest
        if response.responder_key_hash == key_hash:
            return one
    return issuer.certificate


def _is_delegate(signer: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        signer.verify_directly_issued_by(issuer)
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError, x509.ExtensionNotFound):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage


def _verify(response: ocsp.OCSPResponse, signer: x509.Certificate) -> None:
    key, algorithm = signer.public_key(), response.signature_hash_algorithm
    if algorithm is None:
        raise UnsupportedAlgorithm("no hash algorithm")
    data = response.tbs_response_bytes
    if response.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
        raise UnsupportedAlgorithm("RSASSA-PSS: its parameters are not told")
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(response.signature, data, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(response.signature, data, ec.ECDSA(algorithm))
    else:
        raise UnsupportedAlgorithm(type(key).__name__)
