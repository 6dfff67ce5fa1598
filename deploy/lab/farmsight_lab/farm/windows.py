"""What a Windows server says of itself: names, services, listeners, Schannel, proxy, clock."""

from datetime import datetime, timedelta
from typing import Final

from farmsight_lab.farm.state import Json, Mode
from farmsight_lab.names import CERTAUTH, DOMAIN, FEDERATION_SERVICE, IN_NAMESPACES, PKI_HOST, Addressing, ServerName

ADFSSRV_SID: Final = "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"
ADFS_APPLICATION: Final = "{5d89a20c-beab-4389-9447-324788eb944a}"
NETWORK_SERVICE: Final = ("NT AUTHORITY\\NETWORK SERVICE", "S-1-5-20")
SYSTEM: Final = ("LocalSystem", "S-1-5-18")
ADFSSRV_PROCESS: Final = 2104
ADFS_ACCOUNT: Final = ("CONTOSO\\gmsa-adfs$", "S-1-5-21-1004336348-1177238915-682003330-2107")


def host_evidence(server: ServerName, now: datetime, mode: Mode, addressing: Addressing) -> Json:
    """Return NAME_host.json but for the certificates, which the stores give."""
    joined = server.role == "adfs"
    return {
        "CollectedAt": now.isoformat(),
        "ComputerSystem": {
            "Name": server.name,
            "DNSHostName": server.name if joined else server.name.lower(),
            "Domain": DOMAIN if joined else "WORKGROUP",
            "PartOfDomain": joined,
            "Workgroup": None if joined else "WORKGROUP",
        },
        "OperatingSystem": {
            "Caption": "Microsoft Windows Server 2022 Datacenter",
            "Version": "10.0.20348",
            "BuildNumber": "20348",
            "UBR": 2849,
            "LastBootUpTime": (now - timedelta(days=20)).replace(microsecond=0).isoformat(),
        },
        "Addresses": list(dict.fromkeys([IN_NAMESPACES.of(server), addressing.of(server)])),
        "Resolutions": _resolutions(joined, mode),
        "Services": _services(joined),
        "Listeners": [_listener(port) for port in _ports(joined, mode)],
        "IpListen": [],
        "UrlRegistrations": [
            {"Url": url, "ProcessIds": [ADFSSRV_PROCESS], "RequestQueue": ""} for url in _registered(mode)
        ],
        "ExcludedPortRanges": [{"StartPort": 50000, "EndPort": 50059, "Administered": True}],
        "Proxies": [
            {"Context": context, "Source": "winhttp", "ProxyServer": None, "ProxyBypass": None, "Direct": True}
            for context in ("system", "adfs-service" if joined else "network-service")
        ],
        "Schannel": {
            "Protocols/TLS 1.2/Server/Enabled": 1,
            "Protocols/TLS 1.2/Server/DisabledByDefault": 0,
            "CAPI2/Enabled": 1,
        },
        "Clock": [
            {
                "Reference": f"dc:dc01.{DOMAIN}" if joined else "ntp:time.contoso.test",
                "OffsetSeconds": 0.0,
                "Synchronised": True,
                "Source": f"dc01.{DOMAIN}" if joined else "time.contoso.test",
            }
        ],
        "UrlCache": [],
        "Events": [],
    }


def _resolutions(joined: bool, mode: Mode) -> list[Json]:
    names = {FEDERATION_SERVICE: IN_NAMESPACES.of_nodes(), PKI_HOST: [IN_NAMESPACES.main]}
    if mode == "certauth":
        names[CERTAUTH] = IN_NAMESPACES.of_nodes()
    by_hand = {FEDERATION_SERVICE, CERTAUTH}
    return [
        {
            "Name": name,
            "Addresses": addresses,
            "FromHostsFile": not joined and name in by_hand,
            "Error": None,
        }
        for name, addresses in names.items()
    ]


def _ports(joined: bool, mode: Mode) -> list[int]:
    ports = [80, 443, *([49443] if mode == "49443" else [])]
    return [*ports, 1501] if joined else ports


def _registered(mode: Mode) -> list[str]:
    """Return the URLs that AD FS registers with http.sys, which shows them in upper case."""
    urls = ["HTTP://+:80/ADFS/PROBE/", "HTTPS://+:443/ADFS/", "HTTPS://+:443/FEDERATIONMETADATA/2007-06/"]
    return [*urls, "HTTPS://+:49443/ADFS/"] if mode == "49443" else urls


def _listener(port: int) -> Json:
    # http.sys owns its sockets itself: they belong to the process System, not to a service.
    own = port == 1501
    return {
        "LocalAddress": "0.0.0.0",
        "LocalPort": port,
        "OwningProcess": ADFSSRV_PROCESS if own else 4,
        "ProcessName": "Microsoft.IdentityServer.ServiceHost" if own else "System",
        "Service": "adfssrv" if own else "",
    }


def _services(joined: bool) -> list[Json]:
    account = ADFS_ACCOUNT if joined else NETWORK_SERVICE
    rows = [("adfssrv", "Active Directory Federation Services", account, ADFSSRV_PROCESS)]
    if joined:
        rows.append(
            (
                "MSSQL$MICROSOFT##WID",
                "Windows Internal Database",
                ("NT SERVICE\\MSSQL$MICROSOFT##WID", "S-1-5-80-1184457765"),
                1880,
            )
        )
    else:
        rows.append(("appproxysvc", "Web Application Proxy Service", NETWORK_SERVICE, 2210))
        rows.append(("appproxyctrl", "Web Application Proxy Controller Service", NETWORK_SERVICE, 2216))
    rows.append(("CryptSvc", "Cryptographic Services", NETWORK_SERVICE, 1200))
    rows.append(("W32Time", "Windows Time", ("NT AUTHORITY\\LOCAL SERVICE", "S-1-5-19"), 1204))
    return [
        {
            "Name": name,
            "DisplayName": shown,
            "State": "Running",
            "StartMode": "Auto",
            "StartName": who[0],
            "StartSid": who[1],
            "ProcessId": process,
        }
        for name, shown, who, process in rows
    ]
