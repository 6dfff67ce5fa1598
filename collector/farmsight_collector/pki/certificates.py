"""A certificate, read once.

Whatever the bytes are, `parse` returns: a `Certificate`, or an `Unparsed` that
says why not. Nothing that a certificate says can raise later.
"""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, SignatureAlgorithmOID

from farmsight_collector.pki import der, name_texts, names
from farmsight_collector.pki.bounded import Bounded

MAX_BYTES: Final = 4 * 1024 * 1024  # a certificate over this is an attack, not a certificate
MAX_URLS: Final = 256
_DSA: Final = ("1.2.840.10040.4.3", "2.16.840.1.101.3.4.3.")  # with SHA-1 (RFC 3279), with SHA-2 (RFC 5758)

E = TypeVar("E", bound=x509.ExtensionType)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What a certificate says of itself. None: the extension is not there."""

    sha1: str
    sha256: bytes
    subject: str  # RFC 4514
    issuer: str  # RFC 4514
    subject_name: bytes  # canonical, RFC 5280 7.1
    issuer_name: bytes  # canonical
    serial: int
    not_before: datetime
    not_after: datetime
    subject_key: bytes | None
    authority_key: bytes | None
    public_key_sha256: bytes  # of the SubjectPublicKeyInfo
    is_ca: bool | None
    path_length: int | None
    signs_crls: bool | None
    signs_certificates: bool | None
    extended_usages: tuple[str, ...] | None  # dotted OIDs
    crl_urls: tuple[str, ...] = ()
    freshest_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    parsed: x509.Certificate = field(repr=False, compare=False)

    @property
    def self_issued(self) -> bool:
        """Tell whether issuer and subject are the same name."""
        return self.subject_name == self.issuer_name


@dataclass(frozen=True, kw_only=True)
class Unparsed:
    """Bytes that are not a certificate that can be read."""

    sha256: bytes
    reason: str


_parsed: Final[Bounded[bytes, Certificate | Unparsed]] = Bounded(8192)
_checked: Final[Bounded[tuple[bytes, bytes], bool | None]] = Bounded(32768)


def parse(data: bytes) -> Certificate | Unparsed:
    """Return the certificate that the bytes are, or why they are none; never raises."""
    digest = hashlib.sha256(data).digest()
    return _parsed.get(digest, lambda: _read(data, digest))


def signed_by(subject: Certificate, issuer: Certificate) -> bool | None:
    """Tell whether the issuer's key signed the subject; None when the algorithm can't be checked."""
    pair = (subject.sha256, issuer.public_key_sha256)
    return _checked.get(pair, lambda: _made_by(subject.parsed, issuer.parsed))


def forget_signatures() -> None:
    """Forget which signatures were checked, for measuring how long checking takes."""
    _checked.clear()


def _read(data: bytes, digest: bytes) -> Certificate | Unparsed:
    if len(data) > MAX_BYTES:
        return Unparsed(sha256=digest, reason=f"{len(data)} bytes are more than {MAX_BYTES}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oddities of form are judged by rules, not by a warning
            return _certificate(data, digest)
    except Exception as error:  # hostile bytes: whatever the parser makes of them, it ends here
        return Unparsed(sha256=digest, reason=f"{type(error).__name__}: {str(error)[:200]}")


def _certificate(data: bytes, digest: bytes) -> Certificate:
    parsed = x509.load_der_x509_certificate(data)
    issuer, subject = der.certificate_names(data)
    basic = _extension(parsed, x509.BasicConstraints)
    usage = _extension(parsed, x509.KeyUsage)
    extended = _extension(parsed, x509.ExtendedKeyUsage)
    own, authority = (
        _extension(parsed, x509.SubjectKeyIdentifier),
        _extension(parsed, x509.AuthorityKeyIdentifier),
    )
    access = _extension(parsed, x509.AuthorityInformationAccess)
    return Certificate(
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        sha256=digest,
        subject=name_text(lambda: parsed.subject, subject),
        issuer=name_text(lambda: parsed.issuer, issuer),
        subject_name=names.canonical(subject),
        issuer_name=names.canonical(issuer),
        serial=parsed.serial_number,
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        subject_key=own.digest if own else None,
        authority_key=authority.key_identifier if authority else None,
        public_key_sha256=hashlib.sha256(_public_key(parsed)).digest(),
        is_ca=basic.ca if basic else None,
        path_length=basic.path_length if basic else None,
        signs_crls=usage.crl_sign if usage else None,
        signs_certificates=usage.key_cert_sign if usage else None,
        extended_usages=tuple(u.dotted_string for u in extended) if extended is not None else None,
        crl_urls=points(_extension(parsed, x509.CRLDistributionPoints)),
        freshest_urls=points(_extension(parsed, x509.FreshestCRL)),
        issuer_urls=_accesses(access, AuthorityInformationAccessOID.CA_ISSUERS),
        ocsp_urls=_accesses(access, AuthorityInformationAccessOID.OCSP),
        parsed=parsed,
    )


def name_text(parsed: Callable[[], x509.Name], encoded: bytes) -> str:
    """Return a name as RFC 4514 has it, by the parser or, where it refuses an encoding, without; raises DerError."""
    try:
        return parsed().rfc4514_string()
    except ValueError:
        return name_texts.text(encoded)


def _public_key(parsed: x509.Certificate) -> bytes:
    key = parsed.public_key()
    # Anybody can sign for an exponent of 1 (RFC 8017 3.1 asks for 3 at least); newer libraries refuse it themselves.
    if isinstance(key, rsa.RSAPublicKey) and key.public_numbers().e < 3:
        raise ValueError("the exponent of its RSA key is smaller than 3")
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _extension(parsed: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def points(extension: x509.CRLDistributionPoints | x509.FreshestCRL | None) -> tuple[str, ...]:
    """Return the URLs of an extension that names where CRLs are, in its order."""
    if extension is None:
        return ()
    general = [name for point in extension for name in point.full_name or ()]
    return tuple(name.value for name in general if isinstance(name, x509.UniformResourceIdentifier))[:MAX_URLS]


def _accesses(extension: x509.AuthorityInformationAccess | None, method: x509.ObjectIdentifier) -> tuple[str, ...]:
    if extension is None:
        return ()
    located = [access.access_location for access in extension if access.access_method == method]
    return tuple(name.value for name in located if isinstance(name, x509.UniformResourceIdentifier))[:MAX_URLS]


def made_by(
    signed: x509.Certificate | x509.CertificateRevocationList, whole: bytes, data: bytes, issuer: x509.Certificate
) -> bool | None:
    """Tell whether the issuer's key made the signature over the data of what is signed as a whole.

    None when the algorithm can't be checked, or is another inside than outside: they must be the same (RFC 5280
    4.1.1.2), and what Windows makes of such a certificate is not documented.
    """
    try:
        made = _verified(issuer.public_key(), signed, data)
        inside, outside = der.algorithms(whole)
        return made and (True if inside == outside else None)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return None


def signature_digest(signed: x509.Certificate) -> hashes.HashAlgorithm | None:
    """Return by way of which digest a certificate is signed; None: by none, or by an algorithm that is not known."""
    try:
        return signed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None


def _made_by(signed: x509.Certificate, issuer: x509.Certificate) -> bool | None:
    whole = signed.public_bytes(serialization.Encoding.DER)
    return made_by(signed, whole, signed.tbs_certificate_bytes, issuer)


def _verified(key: object, signed: x509.Certificate | x509.CertificateRevocationList, data: bytes) -> bool | None:
    """Verify, or return False where key and algorithm do not go together; raises InvalidSignature among others."""
    digest, parameters = signed.signature_hash_algorithm, signed.signature_algorithm_parameters
    if parameters is None and signed.signature_algorithm_oid == SignatureAlgorithmOID.RSA_WITH_MD5:
        parameters = padding.PKCS1v15()  # the library verifies it, and does not tell how
    if isinstance(key, rsa.RSAPublicKey):
        if digest is None or not isinstance(parameters, padding.PKCS1v15 | padding.PSS):
            return False
        key.verify(signed.signature, data, parameters, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(parameters, ec.ECDSA):
            return False
        key.verify(signed.signature, data, parameters)
    elif isinstance(key, dsa.DSAPublicKey):
        if digest is None or not signed.signature_algorithm_oid.dotted_string.startswith(_DSA):
            return False
        key.verify(signed.signature, data, digest)
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signed.signature, data)
    else:
        return None
    return True
