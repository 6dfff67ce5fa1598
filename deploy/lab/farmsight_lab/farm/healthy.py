"""A farm in which nothing is wrong: four servers, their PKI and their tenant."""

from datetime import datetime

from farmsight_lab.farm.adfs import adfs_evidence
from farmsight_lab.farm.state import Binding, Entry, Farm, Listening, Mode, Reservation, Server, Stored
from farmsight_lab.farm.tenant import tenant
from farmsight_lab.farm.wap import wap_evidence
from farmsight_lab.farm.web import healthy_site
from farmsight_lab.farm.windows import ADFS_APPLICATION, ADFSSRV_SID, host_evidence
from farmsight_lab.names import CERTAUTH, DOMAIN, FEDERATION_SERVICE, IN_NAMESPACES, SERVERS, Addressing, ServerName
from farmsight_lab.pki.hierarchy import Pki

CLIENT_CAS = ("root", "policy", "issuing-1", "issuing-2")
TRANSPORT = "/adfs/services/trust/2005/certificatetransport"
METADATA = "/FederationMetadata/2007-06/FederationMetadata.xml"


def healthy(
    pki: Pki,
    now: datetime,
    mode: Mode = "49443",
    addressing: Addressing = IN_NAMESPACES,
    published: datetime | None = None,
) -> Farm:
    """Return the farm as it should be; its CAs published now, unless another time is given."""
    published = published or now
    return Farm(
        mode=mode,
        addressing=addressing,
        now=now,
        published=published,
        pki=pki,
        servers={server.name: _server(server, pki, now, mode, addressing) for server in SERVERS},
        sites={"main": healthy_site(pki, published), "mirror": healthy_site(pki, published)},
        entra=tenant(pki),
    )


def _server(server: ServerName, pki: Pki, now: datetime, mode: Mode, addressing: Addressing) -> Server:
    return Server(
        name=server.name,
        role=server.role,
        stores=_stores(server),
        reservations=_reservations(mode),
        bindings=_bindings(server, pki, mode),
        listening=_listening(mode),
        issuer_list=list(CLIENT_CAS),
        host=host_evidence(server, now, mode, addressing),
        adfs=adfs_evidence(server, pki, now, mode) if server.role == "adfs" else None,
        wap=wap_evidence(server, pki, mode) if server.role == "wap" else None,
    )


def _stores(server: ServerName) -> dict[str, list[Stored]]:
    adfs = server.role == "adfs"
    # A member of the domain has its CAs from the directory, a WAP in a workgroup has them by hand.
    origin = "Enterprise" if adfs else "Registry"
    stores: dict[str, list[Stored]] = {
        "ROOT": [Stored(certificate="root", origin=origin)],
        "CA": [Stored(certificate=name, origin=origin) for name in ("policy", "issuing-1", "issuing-2", "server-ca")],
        "MY": [Stored(certificate="farm-tls", has_key=True)],
        "AUTHROOT": [],
        "DISALLOWED": [],
        "TRUSTEDPEOPLE": [],
        "ClientAuthIssuer": [],
        "AdfsTrustedDevices": [],
    }
    if adfs:
        stores["AdfsTrustedDevices"] = [
            Stored(certificate="trust-WAP01"),
            Stored(certificate="trust-WAP02"),
        ]
        stores["NTAuth"] = [
            Stored(certificate="issuing-1", origin="Enterprise"),
            Stored(certificate="issuing-2", origin="Enterprise"),
        ]
    else:
        stores["MY"].append(Stored(certificate=f"trust-{server.name}", has_key=True))
    return stores


def _reservations(mode: Mode) -> list[Reservation]:
    urls = ["https://+:443/adfs/", "https://+:443/FederationMetadata/2007-06/", "http://+:80/adfs/probe/"]
    if mode == "49443":
        urls.append("https://+:49443/adfs/")
    return [Reservation(url=url, entries=[Entry(sid=ADFSSRV_SID, account="NT SERVICE\\adfssrv")]) for url in urls]


def _bindings(server: ServerName, pki: Pki, mode: Mode) -> list[Binding]:
    def binding(key: str, *, asks: bool = False) -> Binding:
        return Binding(
            key=key,
            thumbprint=pki["farm-tls"].thumbprint,
            application=ADFS_APPLICATION,
            ctl_store="" if asks else "AdfsTrustedDevices",
            negotiate=asks,
        )

    keys = [f"{FEDERATION_SERVICE}:443", f"enterpriseregistration.{DOMAIN}:443"]
    if server.role == "adfs":
        keys.append("localhost:443")
    asking = f"{FEDERATION_SERVICE}:49443" if mode == "49443" else f"{CERTAUTH}:443"
    return [*(binding(key) for key in keys), binding(asking, asks=True)]


def _listening(mode: Mode) -> list[Listening]:
    paths = {
        METADATA: {"status": 200, "body": "<EntityDescriptor/>\r\n"},
        METADATA.lower(): {"status": 200, "body": "<EntityDescriptor/>\r\n"},
        "/adfs/ls/": {"status": 200},
        "/adfs/services/trust/mex": {"status": 200},
    }
    transport = {TRANSPORT: {"does": "waits"}}
    plain = {"plain": True, "paths": {"/adfs/probe": {"status": 200}, "/adfs/probe/": {"status": 200}}}
    probe = Listening(port=80, name=FEDERATION_SERVICE, asks=False, conduct=plain)
    if mode == "certauth":
        both = {"paths": {**paths, **transport}}
        # One port for both names: who asks for certauth in the TLS hello is asked for a certificate.
        return [Listening(port=443, name=FEDERATION_SERVICE, asks=False, conduct=both), probe]
    return [
        Listening(port=443, name=FEDERATION_SERVICE, asks=False, conduct={"paths": paths}),
        Listening(port=49443, name=FEDERATION_SERVICE, asks=True, conduct={"paths": transport}),
        probe,
    ]
