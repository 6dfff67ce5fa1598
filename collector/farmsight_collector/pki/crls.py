"""A CRL, read once: what it says of itself, and is this certificate on it?

A list of half a million entries is never turned into half a million objects.
That a serial number is not on it follows from its encoding not being in the
bytes (DER has one encoding for a number); one that may be on it is looked up
by the parser, once.
"""

import hashlib
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from cryptography import x509

from farmsight_collector.pki import certificates, der, names
from farmsight_collector.pki.bounded import Bounded

KEPT_BYTES: Final = 192 * 1024 * 1024  # of all CRLs that are kept read
E = TypeVar("E", bound=x509.ExtensionType)


@dataclass(frozen=True, kw_only=True)
class Crl:
    """A certificate revocation list (RFC 5280 5)."""

    sha256: bytes
    issuer: str  # RFC 4514
    issuer_name: bytes  # canonical, RFC 5280 7.1
    this_update: datetime
    next_update: datetime | None  # None: never ends
    number: int | None
    delta_base: int | None  # None: a full CRL
    authority_key: bytes | None
    scope: x509.IssuingDistributionPoint | None = field(repr=False)
    freshest_urls: tuple[str, ...]
    unknown_critical: tuple[str, ...]  # dotted OIDs
    data: bytes = field(repr=False, compare=False)
    parsed: x509.CertificateRevocationList = field(repr=False, compare=False)

    @property
    def indirect(self) -> bool:
        """Tell whether it may hold entries of other CAs' certificates."""
        return self.scope is not None and self.scope.indirect_crl


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


_parsed: Final[Bounded[bytes, Crl | Unparsed]] = Bounded(64, weight=KEPT_BYTES)
UNREADABLE: Final = "unreadable"
Found = x509.RevokedCertificate | str | None

_entries: Final[Bounded[tuple[bytes, int], Found]] = Bounded(65536)
_entries_of: Final[Bounded[tuple[bytes, int, bytes], Found]] = Bounded(16384)
_signed: Final[Bounded[tuple[bytes, bytes], bool | None]] = Bounded(4096)


def parse(data: bytes) -> Crl | Unparsed:
    """Return the CRL that the bytes are, or why they are none; never raises."""
    digest = hashlib.sha256(data).digest()
    return _parsed.get(digest, lambda: _read(data, digest), weigh=len(data))


def parse_named(data: bytes, digest: bytes) -> Crl | Unparsed:
    """Return the same for bytes whose SHA-256 is known: a list of 25 MB is not hashed for every question."""
    return _parsed.get(digest, lambda: _read(data, digest), weigh=len(data))


def parsed_before(digest: bytes) -> Crl | Unparsed | None:
    """Return what the bytes of this SHA-256 were read as, None when they were not or that is forgotten."""
    return _parsed.peek(digest)


def find(crl: Crl, serial: int) -> Entry | None:
    """Return the entry of a serial number, None when it is not revoked by this CRL."""
    return _told(_entry(crl, serial))[0]


def takes_back(crl: Crl, serial: int) -> bool:
    """Tell whether this (delta) CRL takes a hold back (RFC 5280 5.3.1, removeFromCRL)."""
    return _told(_entry(crl, serial))[1]


def find_of(crl: Crl, serial: int, issuer_name: bytes) -> tuple[Entry | None, bool]:
    """Return the entry of one CA's certificate on a list that may be of several CAs, and whether it is taken back."""
    return _told(_of(crl, serial, issuer_name) if crl.indirect else _entry(crl, serial))


def _of(crl: Crl, serial: int, issuer_name: bytes) -> Found:
    return _entries_of.get((crl.sha256, serial, issuer_name), lambda: _searched(crl, serial, issuer_name))


def _told(found: Found) -> tuple[Entry | None, bool]:
    """Return the entry, or whether it takes a hold back, as only a delta does."""
    if not isinstance(found, x509.RevokedCertificate):
        return None, False
    reason = _reason(found)
    if reason == "removeFromCRL":
        return None, True
    return Entry(revoked_at=found.revocation_date_utc, reason=reason), False


def _searched(crl: Crl, serial: int, issuer_name: bytes) -> Found:
    """Return the entry; entries name their CA once for all that follow."""
    of = crl.issuer_name
    try:
        for entry in crl.parsed:
            of = _issuer_named(entry) or of
            if entry.serial_number == serial and of == issuer_name:
                return entry
    except Exception:  # hostile entries: nothing can be said from them
        return UNREADABLE
    return None


def _issuer_named(entry: x509.RevokedCertificate) -> bytes | None:
    try:
        listed = entry.extensions.get_extension_for_class(x509.CertificateIssuer).value
    except x509.ExtensionNotFound:
        return None
    return next((names.canonical(n.value.public_bytes()) for n in listed if isinstance(n, x509.DirectoryName)), None)


def signed_by(crl: Crl, issuer: certificates.Certificate) -> bool | None:
    """Tell whether the issuer's key signed the CRL; None when the algorithm can't be checked."""
    return _signed.get((crl.sha256, issuer.public_key_sha256), lambda: _verify(crl, issuer))


def readable(crl: Crl, serial: int, issuer_name: bytes) -> bool:
    """Tell whether the entries can be read as far as this question needs them: else the CRL answers nothing."""
    if crl.indirect:
        return _of(crl, serial, issuer_name) is not UNREADABLE
    return _entry(crl, serial) is not UNREADABLE


def _entry(crl: Crl, serial: int) -> Found:
    return _entries.get((crl.sha256, serial), lambda: _looked_up(crl, serial))


def _looked_up(crl: Crl, serial: int) -> Found:
    number = serial.to_bytes((serial if serial >= 0 else serial + 1).bit_length() // 8 + 1, signed=True)
    header = bytes([0x02, len(number)]) if len(number) < 0x80 else b""  # no CA numbers so; then only looking tells
    if crl.data.find(header + number) < 0:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if serial > 0:
                return crl.parsed.get_revoked_certificate_by_serial_number(serial)
            return next((entry for entry in crl.parsed if entry.serial_number == serial), None)
    except Exception:  # hostile entries: nothing can be said from them
        return UNREADABLE


def _verify(crl: Crl, issuer: certificates.Certificate) -> bool | None:
    """Check the signature over the bytes as they came: to encode a long list again takes half a second."""
    try:
        begins, ends = der.first_inside(crl.data)
    except der.DerError:
        return None
    return certificates.made_by(crl.parsed, crl.data, crl.data[begins:ends], issuer.parsed)


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except Exception:  # hostile extensions: it is revoked, and why is not known
        return ""


def _read(data: bytes, digest: bytes) -> Crl | Unparsed:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _crl(data, digest)
    except Exception as error:  # hostile bytes end here
        return Unparsed(sha256=digest, reason=f"{type(error).__name__}: {str(error)[:200]}")


def _crl(data: bytes, digest: bytes) -> Crl:
    parsed = x509.load_der_x509_crl(data)
    number, delta = _extension(parsed, x509.CRLNumber), _extension(parsed, x509.DeltaCRLIndicator)
    authority = _extension(parsed, x509.AuthorityKeyIdentifier)
    unknown = (one for one in parsed.extensions if isinstance(one.value, x509.UnrecognizedExtension))
    issuer = der.crl_issuer(data)
    return Crl(
        sha256=digest,
        issuer=certificates.name_text(lambda: parsed.issuer, issuer),
        issuer_name=names.canonical(issuer),
        this_update=parsed.last_update_utc,
        next_update=parsed.next_update_utc,
        number=number.crl_number if number else None,
        delta_base=delta.crl_number if delta else None,
        authority_key=authority.key_identifier if authority else None,
        scope=_extension(parsed, x509.IssuingDistributionPoint),
        freshest_urls=certificates.points(_extension(parsed, x509.FreshestCRL)),
        unknown_critical=tuple(one.oid.dotted_string for one in unknown if one.critical),
        data=data,
        parsed=parsed,
    )


def _extension(parsed: x509.CertificateRevocationList, kind: type[E]) -> E | None:
    try:
        return parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
