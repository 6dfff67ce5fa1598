"""CAs and leaves with any extension, key and date, judged as a server would: for tests of chains.

root, issuing = issue("Root"), issue("Issuing", root)
leaf = user("alice", issuing)
assert verdict(leaf, issuing, roots=[root]) == ("passes", [])
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from farmsight_collector.pki import certificates
from farmsight_collector.pki.paths.judge import Case, judged
from farmsight_collector.pki.paths.judgement import Judgement
from farmsight_collector.pki.paths.pool import Candidate, pool
from farmsight_collector.pki.paths.terms import CRYPTOAPI, Terms
from tests.fakes.farms import NOW

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PRINCIPAL = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
SIGNS = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
USES = x509.KeyUsage(True, False, False, False, False, False, False, False, False)


@dataclass(frozen=True, eq=False)
class Made:
    """A certificate and the key in it."""

    certificate: x509.Certificate
    key: Key

    @cached_property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @cached_property
    def read(self) -> certificates.Certificate:
        read = certificates.parse(self.der)
        assert isinstance(read, certificates.Certificate), read.reason
        return read


def name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Contoso"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def issue(
    common: str | x509.Name,
    issuer: Made | None = None,
    *extensions: x509.ExtensionType,
    key: Key | None = None,
    signer: Key | None = None,
    issuer_name: x509.Name | None = None,
    serial: int | None = None,
    begins: datetime = NOW - timedelta(days=100),
    ends: datetime = NOW + timedelta(days=900),
    digest: hashes.HashAlgorithm | None = None,
    critical: tuple[x509.ExtensionType, ...] = (),
    bare: bool = False,
) -> Made:
    """Return a CA's certificate; `bare`: nothing but `extensions` (and those `critical`)."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = name(common) if isinstance(common, str) else common
    signing = signer or (issuer.key if issuer else key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name or (issuer.certificate.subject if issuer else subject))
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    wanted = {type(one): (one, False) for one in extensions} | {type(one): (one, True) for one in critical}
    usual = {x509.BasicConstraints: (x509.BasicConstraints(True, None), True), x509.KeyUsage: (SIGNS, True)}
    for one, is_critical in ({} if bare else usual | wanted).values() if not bare else wanted.values():
        builder = builder.add_extension(one, is_critical)
    if not bare:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        if x509.AuthorityKeyIdentifier not in wanted:
            authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
            builder = builder.add_extension(authority, False)
    algorithm = None if isinstance(signing, ed25519.Ed25519PrivateKey) else digest or hashes.SHA256()
    return Made(builder.sign(signing, algorithm), key)


def user(common: str, issuer: Made, *extensions: x509.ExtensionType, **options) -> Made:
    """Return a user's certificate, for client authentication unless other usages are given."""
    usual = {
        x509.BasicConstraints: x509.BasicConstraints(False, None),
        x509.KeyUsage: USES,
        x509.ExtendedKeyUsage: CLIENT,
    }
    its = usual | {type(one): one for one in extensions}
    return issue(common, issuer, *its.values(), **options)


def principal(text: str) -> x509.OtherName:
    data = text.encode()
    return x509.OtherName(PRINCIPAL, bytes([0x0C, len(data)]) + data)


def alternative(*names: x509.GeneralName) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(names)


def judge(
    leaf: Made, *held: Made, roots: Iterable[Made] = (), terms: Terms = CRYPTOAPI, at: datetime = NOW
) -> Judgement:
    trusted = [Candidate(certificate=one.read, found_in=("ROOT",), trusted=True) for one in roots]
    others = [Candidate(certificate=one.read, found_in=("CA",)) for one in held]
    return judged(Case(leaf=Candidate(certificate=leaf.read), pool=pool([*trusted, *others]), at=at, terms=terms))


def verdict(leaf: Made, *held: Made, roots: Iterable[Made] = (), **options) -> tuple[str, list[str]]:
    """Return the verdict, and the codes of the reasons of the best chain."""
    said = judge(leaf, *held, roots=roots, **options)
    return said.verdict.value, [one.code for one in said.reasons]
