"""The URLs that certificates and CRLs name: issuer's certificate, CRL, delta CRL, OCSP."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID


def crl_urls(certificate: x509.Certificate) -> list[str]:
    """Return the CDP extension's URLs."""
    return list(_points(certificate.extensions, x509.CRLDistributionPoints))


def delta_urls(crl: x509.CertificateRevocationList) -> list[str]:
    """Return the URLs of the delta CRL, which a base CRL names."""
    return list(_points(crl.extensions, x509.FreshestCRL))


def issuer_urls(certificate: x509.Certificate) -> list[str]:
    """Return the AIA extension's URLs of the issuer's certificate."""
    return _access(certificate, AuthorityInformationAccessOID.CA_ISSUERS)


def ocsp_urls(certificate: x509.Certificate) -> list[str]:
    """Return the AIA extension's URLs of an OCSP responder."""
    return _access(certificate, AuthorityInformationAccessOID.OCSP)


def _points(extensions: x509.Extensions, kind: type[x509.CRLDistributionPoints | x509.FreshestCRL]) -> Iterator[str]:
    try:
        points = extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return
    for point in points:
        yield from (str(name.value) for name in point.full_name or ())


def _access(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    try:
        rows = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    return [str(row.access_location.value) for row in rows if row.access_method == method]
