"""NAME_adfs.json: the certificates of AD FS, and those that its bindings name."""

from collections.abc import Callable

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.answers import sourced, together
from farmsight_agent.hosts.evidence.documents import excerpts, sections
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import (
    certificate,
    instant,
    number,
    rows,
    text,
    tristate,
    yes_or_no,
)
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise import certificate_summary
from farmsight_agent.normalise.spelling import windows_name
from farmsight_wire.v1 import facts_pb2

Keep = Callable[[bytes], bytes]


def certificates(document: Located, keep: Keep) -> Seen[Message]:
    """Return the certificates that Get-AdfsCertificate shows, and those of the bindings."""
    excerpts.need_enough(document, "Get-AdfsCertificate", lambda held: any(map(_signs_first, held)))
    found = sections.seen(document, "Get-AdfsCertificate", lambda row: _certificate(row, keep))
    ssl = [(ssl_certificate(row), row.source) for row in rows(document.get("Get-AdfsSslCertificate"))]
    # One certificate serves several bindings; as an AD FS certificate it counts once.
    once = {value.certificate.sha1: (value, line) for value, line in reversed(ssl) if value.certificate.sha1}
    return together([found, sourced(once.values(), found.source)])


def _signs_first(row: Located) -> bool:
    primary = tristate(row.get("IsPrimary")) == facts_pb2.TRISTATE_YES
    return primary and text(row.get("CertificateType")) == "Token-Signing"


def _certificate(row: Located, keep: Keep) -> facts_pb2.AdfsCertificate:
    inner = row.get("Certificate")
    der, _sha1 = certificate(inner if inner is not None else row)
    value = facts_pb2.AdfsCertificate(
        type=text(row.get("CertificateType")),
        primary=tristate(row.get("IsPrimary")),
        store=text(row.get("StoreName")),
        has_private_key=tristate((inner if isinstance(inner, Located) else row).get("HasPrivateKey")),
    )
    value.certificate.CopyFrom(summary(der, row, inner, keep))
    if not value.type or not value.certificate.sha1:
        raise sections.not_understood(row, "CertificateType and Thumbprint")
    return value


def summary(der: bytes | None, row: Located, inner: object, keep: Keep) -> facts_pb2.CertificateSummary:
    """Return what a row says of a certificate: from its DER, else from the properties it shows."""
    if der is not None:
        return certificate_summary(der, keep)
    shown = inner if isinstance(inner, Located) else row
    _none, sha1 = certificate(row)
    found = facts_pb2.CertificateSummary(sha1=sha1 or certificate(shown)[1])
    found.subject = windows_name(text(shown.get("Subject")))
    found.issuer = windows_name(text(shown.get("Issuer")))
    found.serial_number = text(shown.get("SerialNumber")).lower().lstrip("0")
    for field, value in (("not_before", shown.get("NotBefore")), ("not_after", shown.get("NotAfter"))):
        at = instant(value)
        if at is not None:
            getattr(found, field).CopyFrom(at)
    return found


def ssl_certificate(row: Located) -> facts_pb2.AdfsCertificate:
    """Return a row of Get-AdfsSslCertificate as an AD FS certificate of type SSL."""
    value = facts_pb2.AdfsCertificate(type="SSL")
    value.certificate.sha1 = certificate(Located(Thumbprint=text(row.get("CertificateHash"))))[1]
    return value


def ssl_binding(row: Located) -> facts_pb2.TlsBinding | None:
    """Return a row of Get-AdfsSslCertificate (or the proxy's twin) as the binding that it shows.

    The table cuts long names. None for one that, as far as it is shown, is
    of device registration: no other binding begins so.
    """
    excerpts.need_all(row)
    port, host = number(row.get("PortNumber"), 65535), text(row.get("HostName"))
    if port is None or not host:
        if excerpts.beginning(row, "HostName").lower().startswith("enterpriseregistration."):
            return None
        raise sections.not_understood(row, "HostName and PortNumber")
    address = ":" in host or host.replace(".", "").isdigit()
    value = facts_pb2.TlsBinding(
        binding_kind=facts_pb2.BINDING_KIND_IP if address else facts_pb2.BINDING_KIND_SNI,
        host=host,
        port=port,
        certificate_sha1=text(row.get("CertificateHash")),
        # With an application id, no CTL store would say that there is none, though it is only not shown.
        application_id=text(row.get("AppId")) if "CtlStoreName" in row else "",
        ctl_store=text(row.get("CtlStoreName")),
        data_source=facts_pb2.AGENT_DATA_SOURCE_POWERSHELL,
        product="http.sys",
    )
    asks = yes_or_no(row.get("AcceptClientCerts"))
    if asks is not None:
        value.negotiate_client_certificate = asks
    return value
