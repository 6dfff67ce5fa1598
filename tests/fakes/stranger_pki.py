"""CAs as strangers run them: any layout, any key, any name; certificates and CRLs are real."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AT: Final = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CLIENT_AUTH, SERVER_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
SMART_CARD = ExtendedKeyUsageOID.SMARTCARD_LOGON
UPN, SID = "1.3.6.1.4.1.311.20.2.3", "1.3.6.1.4.1.311.25.2"
_OIDS: Final = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "DC": NameOID.DOMAIN_COMPONENT,
}


@cache
def key_of(label: str, kind: str = "ec") -> Any:
    """Return this label's key: the same each time within a run."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP384R1() if kind == "p384" else ec.SECP256R1())


def name_of(text: Sequence[tuple[str, str]]) -> x509.Name:
    """Return a name, general parts first, as DER holds it."""
    return x509.Name([x509.NameAttribute(_OIDS[kind], value) for kind, value in text])


def shown(name: x509.Name) -> str:
    """Return a name as certutil prints it: specific parts first, values with commas in quotation marks."""
    words = {oid: kind for kind, oid in _OIDS.items()}
    parts = []
    for one in reversed(list(name)):
        value = str(one.value)
        quoted = f'"{value}"' if any(c in value for c in ',+="<>#;') else value
        parts.append(f"{words[one.oid]}={quoted}")
    return ", ".join(parts) if parts else "EMPTY (DN)"


@dataclass(frozen=True)
class Made:
    """A certificate with its key, and with where its issuer publishes."""

    certificate: x509.Certificate
    key: Any
    cdp: tuple[str, ...] = ()  # of this certificate, each a distribution point
    aia: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()
    issuer: "Made | None" = None  # None: itself
    thumbprint: str = ""  # of a well-known one, whose key nobody has

    @property
    def sha1(self) -> str:
        return self.thumbprint or self.certificate.fingerprint(hashes.SHA1()).hex()

    @property
    def serial(self) -> str:
        text = f"{self.certificate.serial_number:x}"
        return text if len(text) % 2 == 0 else "0" + text

    @property
    def subject(self) -> str:
        return shown(self.certificate.subject)

    @property
    def issued_by(self) -> str:
        return shown(self.certificate.issuer)

    @property
    def ski(self) -> str:
        found = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return found.value.digest.hex()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def is_ca(self) -> bool:
        try:
            return bool(self.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
        except x509.ExtensionNotFound:
            return False

    def chain(self) -> list["Made"]:
        """Return itself, its issuer, and so on up to the root."""
        return [self, *(self.issuer.chain() if self.issuer else [])]


@dataclass
class Wish:
    """What a certificate is to be."""

    subject: Sequence[tuple[str, str]]
    issuer: Made | None = None
    key: str = ""  # its label; none: by the subject
    kind: str = "ec"
    ca: bool = True
    begins: datetime = AT - timedelta(days=500)
    ends: datetime = AT + timedelta(days=1500)
    cdp: tuple[str, ...] = ()
    aia: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    upn: str = ""
    mail: str = ""
    sid: bool = False
    usages: tuple[x509.ObjectIdentifier, ...] = ()
    crl_sign: bool = True
    serial: int = 0
    hash_: Any = field(default_factory=hashes.SHA256)


def make(wish: Wish) -> Made:
    """Return the certificate."""
    subject = name_of(wish.subject)
    key = key_of(wish.key or repr(wish.subject), wish.kind)
    by = wish.issuer
    signer = by.key if by else key
    serial = wish.serial or x509.random_serial_number()
    builder = x509.CertificateBuilder(by.certificate.subject if by else subject, subject, key.public_key(), serial)
    builder = builder.not_valid_before(min(wish.begins, wish.ends - timedelta(days=365))).not_valid_after(wish.ends)
    for extension, critical in _extensions(wish, key, signer):
        builder = builder.add_extension(extension, critical)
    made = builder.sign(signer, wish.hash_)
    return Made(made, key, wish.cdp, wish.aia, wish.ocsp, by)


def _extensions(wish: Wish, key: Any, signer: Any) -> list[tuple[x509.ExtensionType, bool]]:
    made: list[tuple[x509.ExtensionType, bool]] = [
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
        (x509.BasicConstraints(ca=wish.ca, path_length=None), True),
        (_usage(ca=wish.ca, crl_sign=wish.crl_sign), True),
    ]
    alternative: list[x509.GeneralName] = [x509.DNSName(one) for one in wish.names]
    if wish.upn:
        text = wish.upn.encode()
        alternative.append(x509.OtherName(x509.ObjectIdentifier(UPN), b"\x0c" + bytes([len(text)]) + text))
    if wish.mail:
        alternative.append(x509.RFC822Name(wish.mail))
    if alternative:
        made.append((x509.SubjectAlternativeName(alternative), not wish.subject))
    if wish.usages:
        made.append((x509.ExtendedKeyUsage(wish.usages), False))
    if wish.cdp:
        points = [x509.DistributionPoint([_url(url)], None, None, None) for url in wish.cdp]
        made.append((x509.CRLDistributionPoints(points), False))
    accesses = [(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, one) for one in wish.aia]
    accesses += [(x509.oid.AuthorityInformationAccessOID.OCSP, one) for one in wish.ocsp]
    if accesses:
        described = [x509.AccessDescription(how, _url(url)) for how, url in accesses]
        made.append((x509.AuthorityInformationAccess(described), False))
    if wish.sid:
        text = b"S-1-5-21-1-2-3-1105"
        inner = b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x19\x02\x01"
        octets = b"\x04" + bytes([len(text)]) + text
        other = inner + b"\xa0" + bytes([len(octets)]) + octets
        value = b"\xa0" + bytes([len(other)]) + other
        der = b"\x30" + bytes([len(value)]) + value
        made.append((x509.UnrecognizedExtension(x509.ObjectIdentifier(SID), der), False))
    return made


def _usage(*, ca: bool, crl_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=not ca,
        key_cert_sign=ca,
        crl_sign=ca and crl_sign,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _url(url: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(url.replace(" ", "%20"))


def user(issuer: Made, **wishes: Any) -> Made:
    """Return a user's certificate that has all that sign-in needs."""
    wish = Wish(
        subject=wishes.pop("subject", (("DC", "net"), ("DC", "fabrikam"), ("OU", "Staff"), ("CN", "Özlem Ångström"))),
        issuer=issuer,
        ca=False,
        begins=AT - timedelta(days=60),
        ends=AT + timedelta(days=300),
        upn="ozlem@fabrikam.net",
        mail="ozlem@fabrikam.net",
        sid=True,
        usages=(CLIENT_AUTH, SMART_CARD),
    )
    for what, value in wishes.items():
        setattr(wish, what, value)
    return make(wish)
