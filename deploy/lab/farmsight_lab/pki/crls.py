"""Base and delta CRLs with the extensions that AD CS writes (RFC 5280 5.2; next publish is Microsoft's)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from farmsight_lab.pki.certificates import Issued, deterministic

NEXT_PUBLISH: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.21.4")
CA_VERSION: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.21.1")


@dataclass(frozen=True, kw_only=True)
class CrlPlan:
    """What a CRL is to say; times are offsets from now, so that every start of the lab signs anew."""

    number: int
    age: timedelta = timedelta(days=1)
    lasts: timedelta = timedelta(days=12)  # until next update, from now
    overlap: timedelta = timedelta(days=3)  # between next publish and next update
    delta_base: int | None = None
    freshest: tuple[str, ...] = ()
    revoked: tuple[int, ...] = ()


def sign_crl(ca: Issued, plan: CrlPlan, now: datetime) -> bytes:
    """Return the CRL in DER, signed by this CA."""
    ends = now + plan.lasts
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(now - plan.age)
        .next_update(ends)
    )
    for extension, critical in _extensions(ca, plan, ends):
        builder = builder.add_extension(extension, critical=critical)
    for serial in plan.revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - plan.age)
        builder = builder.add_revoked_certificate(entry.build())
    signed = builder.sign(ca.key, hashes.SHA256(), ecdsa_deterministic=deterministic(ca.key))
    return signed.public_bytes(serialization.Encoding.DER)


def _extensions(ca: Issued, plan: CrlPlan, ends: datetime) -> Iterable[tuple[x509.ExtensionType, bool]]:
    ski = ca.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    yield x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski), False
    yield x509.CRLNumber(plan.number), False
    yield x509.UnrecognizedExtension(CA_VERSION, bytes([2, 1, 0])), False
    published = (ends - plan.overlap).strftime("%y%m%d%H%M%SZ").encode()
    yield x509.UnrecognizedExtension(NEXT_PUBLISH, bytes([0x17, len(published)]) + published), False
    if plan.delta_base is not None:
        yield x509.DeltaCRLIndicator(plan.delta_base), True
    if plan.freshest:
        points = [
            x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in plan.freshest
        ]
        yield x509.FreshestCRL(points), False
