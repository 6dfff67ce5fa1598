"""NAME_adfs.json: what the AD FS cmdlets said on this node."""

from collections.abc import Callable
from typing import Final

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.adfs_trusts import trusts
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import (
    certificate,
    instant,
    number,
    rows,
    text,
    texts,
    tristate,
    yes_or_no,
)
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise import certificate_summary
from farmsight_agent.normalise.spelling import windows_name
from farmsight_wire.v1 import facts_pb2

Keep = Callable[[bytes], bytes]

_PROTECTION: Final = {"0": "None", "1": "Allow", "2": "Require"}  # ExtendedProtectionTokenCheck
_MESSAGE_KEYS: Final = ("FQDN", "Name", "NodeName")


def part(document: Located, name: str, keep: Keep) -> Seen[Message]:
    """Return one part of the AD FS configuration, by the vocabulary's name of it."""
    return _READERS[name](document, keep)


def _one(document: Located, value: Message, row: Located) -> Seen[Message]:
    return Seen(values=(value,), source=sections.file_of(document), lines=(row.source,))


def _properties(document: Located, _keep: Keep) -> Seen[Message]:
    row = sections.one(document, "Get-AdfsProperties")
    farm = next(rows(document.get("Get-AdfsFarmInformation")), Located())
    behaviour = number(row.get("CurrentFarmBehavior")) or number(farm.get("CurrentFarmBehavior"))
    protection = text(row.get("ExtendedProtectionTokenCheck"))
    value = facts_pb2.AdfsProperties(
        host_name=text(row.get("HostName")),
        identifier=text(row.get("Identifier")),
        http_port=number(row.get("HttpPort"), 65535) or 0,
        https_port=number(row.get("HttpsPort"), 65535) or 0,
        tls_client_port=number(row.get("TlsClientPort"), 65535) or 0,
        client_certificate_revocation_check=text(row.get("ClientCertRevocationCheck")),
        auto_certificate_rollover=tristate(row.get("AutoCertificateRollover")),
        farm_behavior=behaviour or 0,
        extended_protection=_PROTECTION.get(protection, protection),
        log_level=sorted(texts(row.get("LogLevel"))),
        configuration_database=_database(text(row.get("ArtifactDbConnection"))),
    )
    return _one(document, value, row)


def _database(connection: str) -> str:
    """Tell Windows Internal Database from SQL Server by its named pipe."""
    folded = connection.lower()
    if not folded:
        return ""
    return "WID" if "##wid" in folded or "##ssee" in folded else "SQL"


def _global_policy(document: Located, _keep: Keep) -> Seen[Message]:
    row = sections.one(document, "Get-AdfsGlobalAuthenticationPolicy")
    value = facts_pb2.AdfsGlobalPolicy(
        primary_extranet=texts(row.get("PrimaryExtranetAuthenticationProvider")),
        primary_intranet=texts(row.get("PrimaryIntranetAuthenticationProvider")),
        additional=texts(row.get("AdditionalAuthenticationProvider")),
        device_authentication=tristate(row.get("DeviceAuthenticationEnabled")),
        windows_integrated_fallback=tristate(row.get("WindowsIntegratedFallbackEnabled")),
    )
    return _one(document, value, row)


def _sync(document: Located, _keep: Keep) -> Seen[Message]:
    row = sections.one(document, "Get-AdfsSyncProperties")
    value = facts_pb2.AdfsSync(
        role=_role(row),
        primary_name=text(row.get("PrimaryComputerName")),
        primary_port=number(row.get("PrimaryComputerPort"), 65535) or 0,
        last_sync_from=text(row.get("LastSyncFromPrimaryComputerName")),
    )
    status = row.get("LastSyncStatus")
    if type(status) is int or (isinstance(status, str) and status.lstrip("-").isdigit()):
        value.last_status = max(-(1 << 31), min(int(status), (1 << 31) - 1))
    last, poll = instant(row.get("LastSyncTime")), _seconds(row.get("PollDuration"))
    if last is not None:
        value.last_sync.CopyFrom(last)
    if poll is not None:
        value.poll.FromSeconds(poll)
    return _one(document, value, row)


def _role(row: Located) -> facts_pb2.SyncRole.ValueType:
    word = text(row.get("Role")).lower()
    # As a bare number the role is not told; only a secondary has somewhere to synchronise from.
    if word.startswith("secondary") or (word.isdigit() and text(row.get("PrimaryComputerName"))):
        return facts_pb2.SYNC_ROLE_SECONDARY
    return facts_pb2.SYNC_ROLE_PRIMARY if word.startswith("primary") else facts_pb2.SYNC_ROLE_UNSPECIFIED


def _seconds(value: object) -> int | None:
    if isinstance(value, Located) and isinstance(value.get("TotalSeconds"), int | float):
        value = int(value["TotalSeconds"])
    return number(value)


def _providers(document: Located, _keep: Keep) -> Seen[Message]:
    def read(row: Located) -> facts_pb2.AdfsAuthenticationProvider:
        if not text(row.get("Name")):
            raise sections.not_understood(row, "Name")
        return facts_pb2.AdfsAuthenticationProvider(
            name=text(row.get("Name")),
            admin_name=text(row.get("AdminName")),
            primary_extranet=tristate(row.get("AllowedForPrimaryExtranet")),
            primary_intranet=tristate(row.get("AllowedForPrimaryIntranet")),
            additional=tristate(row.get("AllowedForAdditionalAuthentication")),
            methods=texts(row.get("AuthenticationMethods")),
        )

    return sections.seen(document, "Get-AdfsAuthenticationProvider", read)


def _endpoints(document: Located, _keep: Keep) -> Seen[Message]:
    def read(row: Located) -> facts_pb2.AdfsEndpoint:
        if not text(row.get("AddressPath")):
            raise sections.not_understood(row, "AddressPath")
        return facts_pb2.AdfsEndpoint(
            path=text(row.get("AddressPath")),
            enabled=tristate(row.get("Enabled")),
            proxy=tristate(row.get("Proxy")),
            protocol=text(row.get("Protocol")),
            client_credential_type=text(row.get("ClientCredentialType")),
            full_url=text(row.get("FullUrl")),
            security_mode=text(row.get("SecurityMode")),
            version=text(row.get("Version")),
        )

    return sections.seen(document, "Get-AdfsEndpoint", read)


def _certificates(document: Located, keep: Keep) -> Seen[Message]:
    found = sections.seen(document, "Get-AdfsCertificate", lambda row: _certificate(row, keep))
    ssl = [(ssl_certificate(row), row.source) for row in rows(document.get("Get-AdfsSslCertificate"))]
    # One certificate serves several bindings; as an AD FS certificate it counts once.
    once = {value.certificate.sha1: (value, line) for value, line in reversed(ssl) if value.certificate.sha1}
    return Seen(
        values=(*found.values, *(value for value, _ in once.values())),
        lines=(*found.lines, *(line for _, line in once.values())),
        source=found.source,
    )


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


def ssl_binding(row: Located) -> facts_pb2.TlsBinding:
    """Return a row of Get-AdfsSslCertificate (or the proxy's twin) as the binding that it shows."""
    port, host = number(row.get("PortNumber"), 65535), text(row.get("HostName"))
    if port is None or not host:
        raise sections.not_understood(row, "HostName and PortNumber")
    address = ":" in host or host.replace(".", "").isdigit()
    value = facts_pb2.TlsBinding(
        binding_kind=facts_pb2.BINDING_KIND_IP if address else facts_pb2.BINDING_KIND_SNI,
        host=host,
        port=port,
        certificate_sha1=text(row.get("CertificateHash")),
        application_id=text(row.get("AppId")),
        ctl_store=text(row.get("CtlStoreName")),
        data_source=facts_pb2.AGENT_DATA_SOURCE_POWERSHELL,
        product="http.sys",
    )
    asks = yes_or_no(row.get("AcceptClientCerts"))
    if asks is not None:
        value.negotiate_client_certificate = asks
    return value


def _nodes(document: Located, _keep: Keep) -> Seen[Message]:
    information = sections.one(document, "Get-AdfsFarmInformation")
    found = [(_node(row), row.source) for row in rows(information.get("FarmNodes"))]
    return Seen(
        values=tuple(value for value, _ in found),
        lines=tuple(line for _, line in found),
        source=sections.file_of(document),
    )


def _node(row: Located) -> facts_pb2.AdfsNode:
    name = next((text(row.get(key)) for key in _MESSAGE_KEYS if text(row.get(key))), "")
    if not name:
        raise sections.not_understood(row, "FQDN")
    value = facts_pb2.AdfsNode(
        name=name, behavior_level=number(row.get("BehaviorLevel")) or 0, node_type=text(row.get("NodeType"))
    )
    # Some versions spell the property without its "i".
    heartbeat = instant(row.get("HeartbeatTimeStamp") or row.get("HeartbeatTimestamp") or row.get("HeartbeatTmeStamp"))
    if heartbeat is not None:
        value.heartbeat.CopyFrom(heartbeat)
    return value


_READERS: Final[dict[str, Callable[[Located, Keep], Seen[Message]]]] = {
    "properties": _properties,
    "global-policy": _global_policy,
    "sync": _sync,
    "authentication-providers": _providers,
    "endpoints": _endpoints,
    "certificates": _certificates,
    "trusts": trusts,
    "nodes": _nodes,
}
