"""What a blob of the farm is, once it is read."""

from farmsight_collector.model.view import Farm
from farmsight_collector.pki import certificates, crls


def certificate(farm: Farm, digest: bytes) -> certificates.Certificate | certificates.Unparsed | None:
    """Return the certificate of this SHA-256, or why it does not parse; None where its bytes are not here."""
    data = farm.blob(digest) if digest else None
    return None if data is None else certificates.parse(data)


def certificate_if_read(farm: Farm, digest: bytes) -> certificates.Certificate | None:
    """Return the certificate of this SHA-256; None where its bytes are not here or do not parse."""
    read = certificate(farm, digest)
    return read if isinstance(read, certificates.Certificate) else None


def crl_if_read(farm: Farm, digest: bytes) -> crls.Crl | None:
    """Return the CRL of this SHA-256; None where its bytes are not here or do not parse."""
    read = crls.parsed_before(digest)
    if read is None and digest and (data := farm.blob(digest)) is not None:
        read = crls.parse_named(data, digest)
    return read if isinstance(read, crls.Crl) else None
