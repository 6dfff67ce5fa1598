"""Reads what hostile callers send as certificate requests and certificates."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from farmsight_collector.identity.names import agent_id_of

MAX_DER = 16 << 10


class RequestError(Exception):
    """What was sent can't be taken; the text says why, without echoing it."""


def key_of_request(der: bytes) -> ec.EllipticCurvePublicKey:
    """Return the public key of a certificate request that proves possession of a P-256 key.

    Nothing else of the request is used: names come from the token. Raises RequestError.
    """
    if len(der) > MAX_DER:
        raise RequestError(f"the certificate request has {len(der)} bytes, over the bound of {MAX_DER}")
    try:
        request = x509.load_der_x509_csr(der)
        key = request.public_key()
        signed = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, TypeError) as error:
        raise RequestError("the certificate request can't be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise RequestError("the key of the certificate request is not on P-256")
    if not signed:
        raise RequestError("the certificate request is not signed by its own key")
    return key


def certificate(data: bytes) -> x509.Certificate:
    """Read one certificate, DER or PEM; raises RequestError."""
    if len(data) > 4 * MAX_DER:
        raise RequestError("the certificate is over the size bound")
    try:
        read = x509.load_pem_x509_certificate if data.startswith(b"-----") else x509.load_der_x509_certificate
        return read(data)
    except (ValueError, x509.InvalidVersion) as error:
        raise RequestError("the certificate can't be read") from error


def agent_id_in(read: x509.Certificate) -> str:
    """Return the one agent id that a certificate carries; raises RequestError when it is not just one."""
    try:
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension) as error:
        raise RequestError("the certificate carries no agent id") from error
    found = [agent_id for uri in uris if (agent_id := agent_id_of(uri)) is not None]
    if len(found) != 1 or len(uris) != 1:
        raise RequestError("the certificate carries no agent id")
    return found[0]


def check_signature(read: x509.Certificate, signature: bytes, data: bytes) -> None:
    """Check an ECDSA-SHA256 signature by a certificate's key; raises RequestError."""
    key = read.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise RequestError("the key of the certificate is not on P-256")
    try:
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise RequestError("the signature is not by the key of the certificate") from error
