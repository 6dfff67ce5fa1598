"""Is this CRL signed by the CA that it should be?

The list is hashed where it lies: a library that builds objects from it would
take several times the memory of a large one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from farmsight_agent.normalise import der
from farmsight_agent.retrieve.issuer import Issuer
from farmsight_wire.v1 import facts_pb2

_RSA: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "1.2.840.113549.1.1.5": hashes.SHA1,
    "1.2.840.113549.1.1.11": hashes.SHA256,
    "1.2.840.113549.1.1.12": hashes.SHA384,
    "1.2.840.113549.1.1.13": hashes.SHA512,
    "1.2.840.113549.1.1.14": hashes.SHA224,
}
_ECDSA: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "1.2.840.10045.4.1": hashes.SHA1,
    "1.2.840.10045.4.3.1": hashes.SHA224,
    "1.2.840.10045.4.3.2": hashes.SHA256,
    "1.2.840.10045.4.3.3": hashes.SHA384,
    "1.2.840.10045.4.3.4": hashes.SHA512,
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The verdict, and the CA (SHA-1) whose key was used for it."""

    verdict: facts_pb2.SignatureCheck.ValueType
    issuer_sha1: str = ""


@dataclass(frozen=True, kw_only=True)
class _Signed:
    data: bytes
    body: der.Element
    algorithm: str
    issuer: bytes
    signature: bytes


def check_crl(data: bytes, issuers: Sequence[Issuer], authority_key_identifier: str) -> Checked:
    """Check a DER CRL against the CAs that may have signed it; the first one is the expected one.

    A CRL under another name is WRONG_ISSUER. So is one under the right name
    with another CA's key identifier that the expected key does not verify (a
    renewed CA). With the right identifier, or none, it is FAILED. Raises
    DerError for bytes that are no CRL.
    """
    if not issuers:
        return Checked(verdict=facts_pb2.SIGNATURE_CHECK_ISSUER_NOT_AVAILABLE)
    signed = _parts(data)
    verdicts = [_one(signed, issuer, authority_key_identifier) for issuer in issuers]
    for verdict, issuer in zip(verdicts, issuers, strict=True):
        if verdict == facts_pb2.SIGNATURE_CHECK_VERIFIED:
            return Checked(verdict=verdict, issuer_sha1=issuer.sha1)
    return Checked(verdict=verdicts[0], issuer_sha1=issuers[0].sha1)


def _one(signed: _Signed, issuer: Issuer, identifier: str) -> facts_pb2.SignatureCheck.ValueType:
    if signed.issuer != issuer.subject:
        return facts_pb2.SIGNATURE_CHECK_WRONG_ISSUER
    try:
        good = _verifies(signed, issuer)
    except UnsupportedAlgorithm:
        return facts_pb2.SIGNATURE_CHECK_UNSUPPORTED
    if good:
        return facts_pb2.SIGNATURE_CHECK_VERIFIED
    if identifier and issuer.key_identifier and identifier != issuer.key_identifier.hex():
        return facts_pb2.SIGNATURE_CHECK_WRONG_ISSUER
    return facts_pb2.SIGNATURE_CHECK_FAILED


def _verifies(signed: _Signed, issuer: Issuer) -> bool:
    """Verify with the issuer's key; raises UnsupportedAlgorithm when that can't be done here."""
    key = issuer.key
    try:
        if isinstance(key, rsa.RSAPublicKey) and signed.algorithm in _RSA:
            algorithm = _RSA[signed.algorithm]()
            key.verify(signed.signature, _digest(signed, algorithm), padding.PKCS1v15(), Prehashed(algorithm))
        elif isinstance(key, ec.EllipticCurvePublicKey) and signed.algorithm in _ECDSA:
            algorithm = _ECDSA[signed.algorithm]()
            key.verify(signed.signature, _digest(signed, algorithm), ec.ECDSA(Prehashed(algorithm)))
        else:
            return _by_library(signed, issuer)
    except InvalidSignature:
        return False
    return True


def _by_library(signed: _Signed, issuer: Issuer) -> bool:
    """Leave the rarer schemes (RSASSA-PSS, EdDSA) to the library, at the cost of memory."""
    try:
        return x509.load_der_x509_crl(signed.data).is_signature_valid(issuer.key)  # type: ignore[arg-type]
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise UnsupportedAlgorithm(signed.algorithm) from error


def _digest(signed: _Signed, algorithm: hashes.HashAlgorithm) -> bytes:
    name = algorithm.name
    window = memoryview(signed.data)[signed.body.start : signed.body.end]
    return hashlib.new(name, window, usedforsecurity=False).digest()


def _parts(data: bytes) -> _Signed:
    outer = der.expect(data, 0, len(data), der.SEQUENCE)
    body = der.expect(data, outer.body, outer.end, der.SEQUENCE)
    algorithm = der.expect(data, body.end, outer.end, der.SEQUENCE)
    bits = der.expect(data, algorithm.end, outer.end, der.BIT_STRING)
    field = der.expect(data, body.body, body.end, der.INTEGER, der.SEQUENCE)
    if field.tag == der.INTEGER:
        field = der.expect(data, field.end, body.end, der.SEQUENCE)
    name = der.expect(data, field.end, body.end, der.SEQUENCE)
    oid = der.expect(data, algorithm.body, algorithm.end, der.OID)
    return _Signed(
        data=data,
        body=body,
        algorithm=der.dotted(der.content(data, oid)),
        issuer=der.whole(data, name),
        signature=data[bits.body + 1 : bits.end],
    )
