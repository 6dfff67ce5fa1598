"""One CA certificate, as everybody who speaks of it tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.model.view import Held
from farmsight_collector.pki import certificates, names
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.public_roots import PUBLIC_ROOTS
from farmsight_wire.v1 import facts_pb2

FOREIGN_ORIGINS: Final = frozenset({facts_pb2.STORE_ORIGIN_THIRD_PARTY, facts_pb2.STORE_ORIGIN_PACKAGE})
_NO_ORIGIN: Final = frozenset({facts_pb2.STORE_ORIGIN_UNSPECIFIED, facts_pb2.STORE_ORIGIN_UNKNOWN})
# A listing prints local time and no zone; nowhere is that a day away from UTC.
LISTED_DATES: Final = timedelta(days=1)
_TOLD: Final = ("subject", "issuer", "serial_number", "subject_key_identifier", "authority_key_identifier")
_DATES: Final = ("not_before", "not_after")
_SAME_DATE: Final = 2 * LISTED_DATES


@dataclass(frozen=True, kw_only=True)
class Known:
    """One CA certificate that the farm knows, with every fact that holds it."""

    sha1: str
    summary: facts_pb2.CertificateSummary
    certificate: Certificate | None  # None: only a listing was seen, or the bytes do not parse
    held: tuple[Held, ...]
    distinct: tuple[Held, ...] = ()  # one for each fact that many servers hold alike
    agreed: bool = True  # False: listings tell different names for this thumbprint
    told_self_signed: bool = False  # by a chain engine
    told_out_of_time: bool = False  # by a chain engine, of its own time

    @property
    def subject(self) -> str:
        """Return the subject, RFC 4514."""
        return self.summary.subject or (self.certificate.subject if self.certificate else "")

    @property
    def issuer(self) -> str:
        """Return the issuer, RFC 4514."""
        return self.summary.issuer or (self.certificate.issuer if self.certificate else "")

    @property
    def subject_key(self) -> str:
        """Return the subject key identifier, lower-case hex, or nothing."""
        if self.certificate is not None:
            return (self.certificate.subject_key or b"").hex()
        return self.summary.subject_key_identifier

    @property
    def authority_key(self) -> str:
        """Return the authority key identifier, lower-case hex, or nothing."""
        if self.certificate is not None:
            return (self.certificate.authority_key or b"").hex()
        return self.summary.authority_key_identifier

    @property
    def self_issued(self) -> bool | None:
        """Tell whether issuer and subject are one name; None when not known."""
        if self.certificate is not None:
            return self.certificate.self_issued
        if not self.summary.subject or not self.summary.issuer or not self.agreed:
            return None
        return names.text_key(self.summary.subject) == names.text_key(self.summary.issuer)

    @property
    def self_signed(self) -> bool:
        """Tell whether it is a root: one name, and signed with its own key.

        A CA that was renewed with a new key has cross certificates with one
        name and two keys; those are no roots. Names alone can't tell them
        apart: see `surely_root`.
        """
        if not self.self_issued:
            return False
        if self.certificate is not None and certificates.signed_by(self.certificate, self.certificate) is False:
            return False
        return not self.authority_key or not self.subject_key or self.authority_key == self.subject_key

    @property
    def surely_root(self) -> bool:
        """Tell whether more than its names says that it is a root."""
        if not self.self_signed:
            return False
        trusted = (h.kind == "store-certificate" and h.value.store in ("ROOT", "AUTHROOT") for h in self.distinct)
        by_key = bool(self.authority_key and self.authority_key == self.subject_key)
        return self.certificate is not None or by_key or self.told_self_signed or any(trusted)

    @property
    def not_before(self) -> datetime | None:
        """Return the begin of validity, None when not known."""
        return self.certificate.not_before if self.certificate else moment(self.summary, "not_before")

    @property
    def not_after(self) -> datetime | None:
        """Return the end of validity, None when not known."""
        return self.certificate.not_after if self.certificate else moment(self.summary, "not_after")

    @property
    def doubt(self) -> timedelta:
        """Return how far off its dates may be: nothing, unless only listings tell them."""
        return timedelta(0) if self.certificate else dates_doubt(self.summary)

    def ended(self, at: datetime) -> bool | None:
        """Tell whether it has expired; None when that can't be told."""
        told = passed(self.not_after, at, self.doubt)
        if told is None and self.told_out_of_time:
            return True if passed(self.not_before, at, self.doubt) or self.not_before is None else None
        return told

    def begun(self, at: datetime) -> bool | None:
        """Tell whether it is valid already; None when that can't be told."""
        told = reached(self.not_before, at, self.doubt)
        if told is None and self.told_out_of_time and passed(self.not_after, at, self.doubt) is False:
            return False
        return told

    def valid_at(self, at: datetime) -> bool:
        """Tell whether it is within its validity; dates that decide nothing count as valid."""
        return self.ended(at) is not True and self.begun(at) is not False

    @property
    def foreign(self) -> bool:
        """Tell whether it came with a root programme or a package wherever it is held as a root."""
        roots = [
            h.value for h in self.distinct if h.kind == "store-certificate" and h.value.store in ("ROOT", "AUTHROOT")
        ]
        return bool(roots) and all(v.store == "AUTHROOT" or came_along(v.origin, self.sha1) for v in roots)


def dates_doubt(summary: facts_pb2.CertificateSummary) -> timedelta:
    """Return how far off a summary's dates may be: nothing where it was made of the certificate itself."""
    return timedelta(0) if summary.blob_sha256 else LISTED_DATES


def came_along(origin: facts_pb2.StoreOrigin.ValueType, sha1: str) -> bool:
    """Tell whether a root came with the system: its origin says so, or where none is told, its thumbprint."""
    return origin in FOREIGN_ORIGINS or (origin in _NO_ORIGIN and sha1 in PUBLIC_ROOTS)


def passed(when: datetime | None, at: datetime, doubt: timedelta) -> bool | None:
    """Tell whether a moment lies before another; None within the doubt, or when it is not known."""
    if when is None or (doubt and abs(at - when) <= doubt):
        return None
    return when < at


def reached(when: datetime | None, at: datetime, doubt: timedelta) -> bool | None:
    """Tell whether a moment is not after another; None within the doubt, or when it is not known."""
    return True if when == at and not doubt else passed(when, at, doubt)


def spelled(summary: facts_pb2.CertificateSummary, when: datetime) -> str:
    """Return one of a summary's dates for people, with the zone as far as it is known."""
    return f"{when:%Y-%m-%d %H:%M} {'UTC' if summary.blob_sha256 else 'local time'}"


def moment(summary: facts_pb2.CertificateSummary, field: str) -> datetime | None:
    """Return one of a summary's dates, None when it is not told."""
    if not summary.HasField(field):  # type: ignore[arg-type]  # the two timestamps of the message
        return None
    stamp: Timestamp = getattr(summary, field)
    return stamp.ToDatetime(tzinfo=UTC)


def best_of(summaries: Iterable[facts_pb2.CertificateSummary]) -> tuple[facts_pb2.CertificateSummary, bool]:
    """Return what is told of one certificate, and whether all who tell its names agree.

    One summary from its bytes says everything. Else each listing adds what
    the others leave out; a date that they tell differently is not known.
    """
    told = list(summaries)
    whole = next((s for s in told if s.subject and s.blob_sha256), None)
    if whole is not None:
        return whole, True
    told.sort(key=lambda s: (-len(s.subject), -len(s.issuer), s.SerializeToString(deterministic=True)))  # cut off last
    best = facts_pb2.CertificateSummary()
    best.CopyFrom(next((s for s in told if s.subject), told[0]))
    for field in _TOLD:
        if not getattr(best, field):
            setattr(best, field, next((v for s in told if (v := getattr(s, field))), ""))
    for field in _DATES:
        dates = [date for s in told if (date := moment(s, field)) is not None]
        if dates and max(dates) - min(dates) > _SAME_DATE:
            best.ClearField(field)  # type: ignore[arg-type]
        elif dates:
            getattr(best, field).FromDatetime(min(dates))
    return best, all(len({names.text_key(n) for s in told if (n := getattr(s, x))}) < 2 for x in _TOLD[:2])
