"""An OCSP responder (RFC 6960) for the certificates of one CA."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509 import ocsp

from farmsight_lab.servers import answers
from farmsight_lab.servers.answers import Answer

_DER: Final = serialization.Encoding.DER


@dataclass(frozen=True, kw_only=True)
class OcspResponder:
    """Answers by serial number: revoked, unknown, else good.

    The signer is the CA itself or a delegate of it. `error` answers every
    request with that response status; `refuse_get` answers GET with 405, so
    that clients must fall back to POST; `shift` moves the times of the
    response (negative: stale); `spoiled` turns a bit of the signature.
    """

    issuer: x509.Certificate
    signer: x509.Certificate
    signer_key: CertificateIssuerPrivateKeyTypes
    revoked: AbstractSet[int] = field(default_factory=frozenset)
    unknown: AbstractSet[int] = field(default_factory=frozenset)
    lifetime: timedelta = timedelta(days=1)
    shift: timedelta = timedelta(0)
    error: ocsp.OCSPResponseStatus | None = None
    refuse_get: bool = False
    echo_nonce: bool = True
    spoiled: bool = False
    wrong_serial: bool = False

    def answer(self, request_der: bytes, method: str) -> Answer:
        """Return the answer to one request; `method` is "GET" or "POST"."""
        if method == "GET" and self.refuse_get:
            return answers.http_status(405)
        der = self._response(request_der)
        return Answer(body=answers.spoiled_signature(der) if self.spoiled else der, content_type=answers.OCSP)

    def _response(self, request_der: bytes) -> bytes:
        if self.error is not None:
            return _refusal(self.error)
        try:
            request = ocsp.load_der_ocsp_request(request_der)
        except ValueError:
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        return self._signed(request)

    def _signed(self, request: ocsp.OCSPRequest) -> bytes:
        at = datetime.now(UTC).replace(microsecond=0) + self.shift
        serial = request.serial_number + (1 if self.wrong_serial else 0)
        revoked = serial in self.revoked
        unknown = serial in self.unknown
        status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=request.issuer_name_hash,
            issuer_key_hash=request.issuer_key_hash,
            serial_number=serial,
            algorithm=request.hash_algorithm,
            cert_status=ocsp.OCSPCertStatus.UNKNOWN if unknown else status,
            this_update=at,
            next_update=at + self.lifetime,
            revocation_time=at - timedelta(days=1) if revoked and not unknown else None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.signer)
        if self.signer != self.issuer:
            builder = builder.certificates([self.signer])
        builder = self._with_nonce(builder, request)
        return builder.sign(self.signer_key, hashes.SHA256()).public_bytes(_DER)

    def _with_nonce(self, builder: ocsp.OCSPResponseBuilder, request: ocsp.OCSPRequest) -> ocsp.OCSPResponseBuilder:
        for extension in request.extensions:
            if self.echo_nonce and isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(_DER)
