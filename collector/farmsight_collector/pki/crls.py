"""A CRL, read once: is this certificate on it?"""

import hashlib
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509

from farmsight_collector.pki.bounded import Bounded


@dataclass(frozen=True, kw_only=True)
class Crl:
    """A certificate revocation list (RFC 5280 5)."""

    sha256: bytes
    parsed: x509.CertificateRevocationList = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Unparsed:
    """Bytes that are not a CRL that can be read."""

    sha256: bytes
    reason: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A certificate's entry on a CRL."""

    revoked_at: datetime
    reason: str  # as RFC 5280 5.3.1 names it; empty when the CRL does not say

    @property
    def on_hold(self) -> bool:
        """Tell whether the revocation can be taken back."""
        return self.reason == "certificateHold"


_parsed: Final[Bounded[bytes, Crl | Unparsed]] = Bounded(64)  # CRLs may have megabytes


def parse(data: bytes) -> Crl | Unparsed:
    """Return the CRL that the bytes are, or why they are none; never raises."""
    digest = hashlib.sha256(data).digest()
    return _parsed.get(digest, lambda: _read(data, digest))


def find(crl: Crl, serial: int) -> Entry | None:
    """Return the entry of a serial number, None when it is not revoked by this CRL."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            entry = crl.parsed.get_revoked_certificate_by_serial_number(serial)
            if entry is None:
                return None
            reason = _reason(entry)
    except Exception:  # hostile entries: nothing can be said from them
        return None
    if reason == "removeFromCRL":  # a delta takes back a hold
        return None
    return Entry(revoked_at=entry.revocation_date_utc, reason=reason)


def takes_back(crl: Crl, serial: int) -> bool:
    """Tell whether this (delta) CRL takes a hold back (RFC 5280 5.3.1, removeFromCRL)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            entry = crl.parsed.get_revoked_certificate_by_serial_number(serial)
            return entry is not None and _reason(entry) == "removeFromCRL"
    except Exception:  # hostile entries: nothing can be said from them
        return False


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except (x509.ExtensionNotFound, ValueError):
        return ""


def _read(data: bytes, digest: bytes) -> Crl | Unparsed:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Crl(sha256=digest, parsed=x509.load_der_x509_crl(data))
    except Exception as error:  # hostile bytes end here
        return Unparsed(sha256=digest, reason=f"{type(error).__name__}: {str(error)[:200]}")
