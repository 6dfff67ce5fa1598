"""NAME_wap.json: what the Web Application Proxy cmdlets and WMI said."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.answers import sourced
from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.adfs import Keep, summary
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import certificate, number, rows, text, texts, tristate
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise.spelling import thumbprint
from farmsight_wire.v1 import facts_pb2


def part(document: Located, name: str, keep: Keep) -> Seen[Message]:
    """Return one part of the proxy's configuration, by the vocabulary's name of it."""
    return _READERS[name](document, keep)


def _configuration(document: Located, _keep: Keep) -> Seen[Message]:
    row = sections.one(document, "Get-WebApplicationProxyConfiguration")
    service = next(rows(document.get("ProxyService")), Located())
    health = list(rows(document.get("Get-WebApplicationProxyHealth")))
    url = text(row.get("ADFSUrl"))
    value = facts_pb2.WapConfiguration(
        adfs_url=url,
        federation_service_name=text(service.get("HostName")) or _host(url),
        connected_servers=sorted(texts(row.get("ConnectedServersName"))),
        version=text(row.get("ConfigurationVersion")),
        https_port=number(service.get("HostHttpsPort"), 65535) or 0,
        tls_client_port=number(service.get("TlsClientPort"), 65535) or 0,
        forward_proxy=text(service.get("ForwardHttpProxyAddress")) or text(service.get("ForwardProxy")),
        oauth_extension=tristate(row.get("OAuthExtension")),
        # As a bare number a state is not told.
        health_state=_worst([state for one in health if not (state := text(one.get("HealthState"))).isdigit()]),
        health_notes=[note for one in health for note in _notes(one)],
    )
    return sourced([(value, row.source)], sections.file_of(document))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _worst(states: list[str]) -> str:
    """Return the first state that is not OK, else OK, else nothing."""
    return next((state for state in states if state.upper() != "OK"), states[0] if states else "")


def _notes(row: Located) -> list[str]:
    component = text(row.get("Component"))
    notes = []
    for one in rows(row.get("Heuristics")):
        said = text(one.get("ErrorDesc")) or text(one.get("ErrorCause"))
        if said:
            notes.append(f"{component}: {said}")
    return notes


def _applications(document: Located, _keep: Keep) -> Seen[Message]:
    def read(row: Located) -> facts_pb2.WapApplication:
        identifier = text(row.get("ID")) or text(row.get("Id"))
        if not identifier:
            raise sections.not_understood(row, "ID")
        return facts_pb2.WapApplication(
            id=identifier,
            name=text(row.get("Name")),
            external_url=text(row.get("ExternalUrl")) or text(row.get("ExternalURL")),
            backend_url=text(row.get("BackendServerUrl")) or text(row.get("BackendServerURL")),
            preauthentication=text(row.get("ExternalPreauthentication")),
            certificate_sha1=thumbprint(text(row.get("ExternalCertificateThumbprint"))),
        )

    return sections.seen(document, "Get-WebApplicationProxyApplication", read)


def _trust_certificates(document: Located, keep: Keep) -> Seen[Message]:
    def read(row: Located) -> facts_pb2.WapTrustCertificate:
        der, _sha1 = certificate(row)
        found = facts_pb2.WapTrustCertificate(has_private_key=tristate(row.get("HasPrivateKey")))
        found.certificate.CopyFrom(summary(der, row, None, keep))
        if not found.certificate.sha1:
            raise sections.not_understood(row, "Thumbprint")
        return found

    return sections.seen(document, "ProxyTrustCertificates", read)


_READERS: Final[dict[str, Callable[[Located, Keep], Seen[Message]]]] = {
    "configuration": _configuration,
    "applications": _applications,
    "trust-certificates": _trust_certificates,
}
