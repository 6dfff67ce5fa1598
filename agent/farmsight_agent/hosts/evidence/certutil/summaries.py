"""What an output shows of a certificate, as a summary: its dates are read as all dates of that output are."""

from farmsight_agent.hosts.evidence.certutil.dates import Calendar
from farmsight_agent.hosts.evidence.certutil.store_entries import ListedCertificate
from farmsight_agent.hosts.evidence.certutil.verification_parts import Element
from farmsight_wire.v1 import facts_pb2


def summary(one: ListedCertificate | Element, calendar: Calendar) -> facts_pb2.CertificateSummary:
    """Return the names, the thumbprint and the validity; a date that cannot be told is left out."""
    return facts_pb2.CertificateSummary(
        sha1=one.sha1,
        subject=one.subject,
        issuer=one.issuer,
        serial_number=one.serial,
        not_before=calendar.stamp(one.not_before),
        not_after=calendar.stamp(one.not_after),
    )
