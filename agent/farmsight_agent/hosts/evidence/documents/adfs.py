"""NAME_adfs.json: what the AD FS cmdlets said on this node."""

from collections.abc import Callable, Sequence
from typing import Final

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.answers import sourced
from farmsight_agent.hosts.evidence.documents import excerpts, sections
from farmsight_agent.hosts.evidence.documents.adfs_certificates import Keep, certificates, ssl_binding, summary
from farmsight_agent.hosts.evidence.documents.adfs_trusts import trusts
from farmsight_agent.hosts.evidence.documents.depth import is_type_name
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import (
    instant,
    items,
    number,
    rows,
    text,
    texts,
    tristate,
)
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

__all__ = ["Keep", "part", "ssl_binding", "summary"]

_PROTECTION: Final = {"0": "None", "1": "Allow", "2": "Require"}  # ExtendedProtectionTokenCheck
_MESSAGE_KEYS: Final = ("FQDN", "Name", "NodeName")
_CERTIFICATE_PROVIDER: Final = "CertificateAuthentication"
# What certificate sign-in by active clients goes through.
_CERTIFICATE_ENDPOINTS: Final = frozenset(
    f"/adfs/services/trust/{path}"
    for path in ("2005/certificatemixed", "2005/certificatetransport", "13/certificatemixed")
)


def part(document: Located, name: str, keep: Keep) -> Seen[Message]:
    """Return one part of the AD FS configuration, by the vocabulary's name of it."""
    return _READERS[name](document, keep)


def _one(document: Located, value: Message, row: Located) -> Seen[Message]:
    return sourced([(value, row.source)], sections.file_of(document))


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
        configuration_database=text(row.get("ConfigurationDatabase"))
        or _database(text(row.get("ArtifactDbConnection"))),
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
    rule = next(rows(document.get("Get-AdfsAdditionalAuthenticationRule")), Located())
    value = facts_pb2.AdfsGlobalPolicy(
        primary_extranet=_offered(row, "PrimaryExtranetAuthenticationProvider"),
        primary_intranet=_offered(row, "PrimaryIntranetAuthenticationProvider"),
        additional=texts(row.get("AdditionalAuthenticationProvider")),
        device_authentication=tristate(row.get("DeviceAuthenticationEnabled")),
        windows_integrated_fallback=tristate(row.get("WindowsIntegratedFallbackEnabled")),
        additional_authentication_rules=text(rule.get("AdditionalAuthenticationRules")),
    )
    return _one(document, value, row)


def _offered(row: Located, name: str) -> list[str]:
    """Return the providers of one side; raises where it is not shown whether certificates are among them."""
    if name not in row:
        raise UnavailableError("not-collected", f"{name} is not shown", source=row.source)
    found = texts(row[name])
    if isinstance(row[name], excerpts.Excerpt) and _CERTIFICATE_PROVIDER not in found:
        raise FailedError("truncated", f"{name} goes on beyond {', '.join(found)}", source=row.source)
    return found


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

    name = "Get-AdfsAuthenticationProvider"
    excerpts.need_enough(document, name, lambda held: _CERTIFICATE_PROVIDER in {text(one.get("Name")) for one in held})
    return sections.seen(document, name, read)


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

    def matters(held: Sequence[Located]) -> bool:
        return not _CERTIFICATE_ENDPOINTS.isdisjoint(text(one.get("AddressPath")).lower() for one in held)

    excerpts.need_enough(document, "Get-AdfsEndpoint", matters)
    return sections.seen(document, "Get-AdfsEndpoint", read)


def _nodes(document: Located, _keep: Keep) -> Seen[Message]:
    information = sections.one(document, "Get-AdfsFarmInformation")
    held = items(information.get("FarmNodes"))
    if "FarmNodes" not in information or any(map(is_type_name, held)):
        raise UnavailableError("not-collected", "FarmNodes is not shown", source=information.source)
    listed = (one if isinstance(one, Located) else Located(FQDN=text(one)) for one in held)
    return sourced([(_node(row), row.source or information.source) for row in listed], sections.file_of(document))


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
    "certificates": certificates,
    "trusts": trusts,
    "nodes": _nodes,
}
