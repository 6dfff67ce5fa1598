"""Issues certificates as AD CS would: identifiers, usages, CDP, AIA, and the names of users."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from farmsight_lab.pki.keys import Key, Keys

UPN: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
SID_EXTENSION: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.25.2")
SID_NAME: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.25.2.1")
SMART_CARD_LOGON: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")
CLIENT_USES: Final = (ExtendedKeyUsageOID.CLIENT_AUTH, SMART_CARD_LOGON)
SERVER_USES: Final = (ExtendedKeyUsageOID.SERVER_AUTH,)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        """Return the certificate in DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """Return the certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """Return the key in PEM, in the clear: it guards nothing."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def thumbprint(self) -> str:
        """Return the SHA-1 that Windows shows, in lower case."""
        return self.certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - a name, not a safeguard

    @property
    def subject(self) -> str:
        """Return the subject as RFC 4514 has it."""
        return self.certificate.subject.rfc4514_string()


@dataclass(frozen=True, kw_only=True)
class Pointers:
    """The URLs that an issued certificate names: CDP, AIA, OCSP."""

    crl: tuple[str, ...] = ()
    delta: tuple[str, ...] = ()
    issuer: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be certified; `path_length` None means an end entity, -1 a CA without limit."""

    common_name: str
    days: int
    rsa_key: bool = False
    path_length: int | None = None
    uses: tuple[x509.ObjectIdentifier, ...] = ()
    account_sid: str = ""  # for strong mapping, as AD CS puts it in since KB5014754
    alternative_names: tuple[x509.GeneralName, ...] = ()
    pointers: Pointers = Pointers()
    age_days: int = 30
    key_of: str = ""  # the lab name of a certificate made before, whose key this one has too
    permitted_domain: str = ""  # of a CA whose users' names are constrained to it


def deterministic(key: Key) -> bool | None:
    """Return how a builder is told to sign alike each time; an RSA signature always is."""
    return True if isinstance(key, ec.EllipticCurvePrivateKey) else None


def user_names(upn: str, mail: str) -> tuple[x509.GeneralName, ...]:
    """Return the alternative names of a user: the UPN as otherName, the mail address as RFC 822 name."""
    encoded = upn.encode()
    # A UTF8String (tag 12) of less than 128 bytes has its length in one byte.
    return (x509.OtherName(UPN, bytes([12, len(encoded)]) + encoded), x509.RFC822Name(mail))


def _sid(sid: str) -> x509.UnrecognizedExtension:
    """Return the extension with an account's SID: a GeneralNames of one otherName that holds it as octets."""
    octets = sid.encode("ascii")
    name = x509.OtherName(SID_NAME, bytes([4, len(octets)]) + octets)
    value = x509.SubjectAlternativeName([name]).public_bytes()
    return x509.UnrecognizedExtension(SID_EXTENSION, value)


def issue(
    name: str, request: Request, issuer: Issued | None, now: datetime, keys: Keys, key: Key | None = None
) -> Issued:
    """Certify a key, a new one where none is given, for what the lab calls by this name; its own without an issuer."""
    key = key or keys.key(name, rsa_key=request.rsa_key)
    subject = _name(request)
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(keys.serial(name))
        .not_valid_before(now - timedelta(days=request.age_days))
        .not_valid_after(now + timedelta(days=request.days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        ski = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        aki = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski)
        builder = builder.add_extension(aki, critical=False)
    builder = _pointed(_used(builder, request), request.pointers)
    signed = builder.sign(signer, hashes.SHA256(), ecdsa_deterministic=deterministic(signer))
    return Issued(certificate=signed, key=key)


def _name(request: Request) -> x509.Name:
    company = request.common_name.partition(" ")[0] if "CA" in request.common_name else "Contoso"
    organisation = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, company)]
    # What AD FS makes for itself bears a common name alone.
    own = request.common_name.startswith("ADFS")
    common = x509.NameAttribute(NameOID.COMMON_NAME, request.common_name)
    return x509.Name([common] if own else [*organisation, common])


def _used(builder: x509.CertificateBuilder, request: Request) -> x509.CertificateBuilder:
    is_ca = request.path_length is not None
    limit = None if request.path_length in (None, -1) else request.path_length
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=limit), critical=True)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=request.rsa_key and not is_ca,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    builder = builder.add_extension(usage, critical=True)
    if request.permitted_domain:
        permitted = [x509.RFC822Name(request.permitted_domain), x509.DNSName(request.permitted_domain)]
        builder = builder.add_extension(x509.NameConstraints(permitted, None), critical=True)
    if request.uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage(request.uses), critical=False)
    if ExtendedKeyUsageOID.OCSP_SIGNING in request.uses:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    if request.account_sid:
        builder = builder.add_extension(_sid(request.account_sid), critical=False)
    if request.alternative_names:
        names = x509.SubjectAlternativeName(request.alternative_names)
        builder = builder.add_extension(names, critical=False)
    return builder


def _pointed(builder: x509.CertificateBuilder, pointers: Pointers) -> x509.CertificateBuilder:
    if pointers.crl:
        builder = builder.add_extension(
            x509.CRLDistributionPoints([_point(url) for url in pointers.crl]), critical=False
        )
    if pointers.delta:
        builder = builder.add_extension(x509.FreshestCRL([_point(url) for url in pointers.delta]), critical=False)
    access = [(AuthorityInformationAccessOID.CA_ISSUERS, url) for url in pointers.issuer]
    access += [(AuthorityInformationAccessOID.OCSP, url) for url in pointers.ocsp]
    if access:
        descriptions = [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in access]
        builder = builder.add_extension(x509.AuthorityInformationAccess(descriptions), critical=False)
    return builder


def _point(url: str) -> x509.DistributionPoint:
    return x509.DistributionPoint(
        full_name=[x509.UniformResourceIdentifier(url)], relative_name=None, reasons=None, crl_issuer=None
    )
