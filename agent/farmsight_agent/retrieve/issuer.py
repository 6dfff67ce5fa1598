"""What the check of a signature needs of the CA that is expected to have made it."""

import hashlib
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from farmsight_agent.normalise import der

_QUIET: Final = threading.Lock()


@contextmanager
def quietly() -> Iterator[None]:
    """Read certificates without the library's warnings: old CAs break the rules, and that is a fact, not news."""
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def certificate_of(data: bytes) -> x509.Certificate:
    """Return a DER certificate; raises ValueError."""
    with quietly():
        try:
            return x509.load_der_x509_certificate(data)
        except x509.InvalidVersion as error:  # no ValueError in the library
            raise ValueError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """A CA certificate; `key` is None when it is of a kind that can't be used here."""

    sha1: str
    subject: bytes  # DER
    key_identifier: bytes | None
    key: PublicKeyTypes | None
    certificate: x509.Certificate


def load(data: bytes) -> Issuer | None:
    """Return the issuer in a DER certificate, or None when it does not parse."""
    try:
        certificate = certificate_of(data)
        subject = subject_of(data)
    except ValueError:
        return None
    try:
        key: PublicKeyTypes | None = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        key = None
    return Issuer(
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        subject=subject,
        key_identifier=_key_identifier(certificate),
        key=key,
        certificate=certificate,
    )


def subject_of(data: bytes) -> bytes:
    """Return the subject of a certificate as its DER stands; raises DerError."""
    return _names(data)[1]


def issuer_of(data: bytes) -> bytes:
    """Return the issuer of a certificate as its DER stands; raises DerError."""
    return _names(data)[0]


def key_of(data: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a certificate as its DER stands; raises DerError."""
    return _sequences(data, 5)[4]


def _names(data: bytes) -> tuple[bytes, bytes]:
    found = _sequences(data, 4)
    return found[1], found[3]


def _sequences(data: bytes, count: int) -> list[bytes]:
    """Return the first SEQUENCEs of a certificate: signature, issuer, validity, subject, key."""
    outer = der.expect(data, 0, len(data), der.SEQUENCE)
    body = der.expect(data, outer.body, outer.end, der.SEQUENCE)
    found = []
    for one in der.children(data, body):
        if one.tag == der.SEQUENCE:
            found.append(der.whole(data, one))
        if len(found) == count:
            return found
    raise der.DerError("a certificate that ends too soon")


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        with quietly():
            return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
