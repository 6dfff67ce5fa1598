"""A farm's folder as a stranger hands it in: files written by hand, noise included.

farm = StrangerFarm(pki=three_tier())
farm.servers["PRX01"].stores["ROOT"].remove(farm.pki.root)    # the fault
farm.write(folder)
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from tests.fakes import stranger_files as files
from tests.fakes.stranger_pki import AT, SERVER_AUTH, Made, Wish, make, user

FS: Final = "fs.fabrikam.net"
ADFS_APP, IIS_APP = "{5d89a20c-beab-4389-9447-324788eb944a}", "{4dc3e181-e14b-4a21-b022-59fc669b0914}"
WAP_APP = "{f955c070-e044-456c-ac00-e9e4275b3f04}"
ADFSSRV = "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"
ROLES: Final = {"ADFS01": "adfs", "ADFS02": "adfs", "PRX01": "wap", "PRX02": "wap"}
ACCOUNTS: Final = {"adfs": ("{}$", "svc-fs$"), "wap": ("{}$", "NETWORK SERVICE")}
_NOISE: Final = tuple(
    (url, who, f"D:(A;;{rights};;;{sid})")
    for url, who, rights, sid in (
        ("http://+:5985/wsman/", "NT SERVICE\\WinRM", "GX", "S-1-5-80-569256582-2953403351-2909559716-1301513147-1"),
        ("https://+:5986/wsman/", "NT SERVICE\\WinRM", "GX", "S-1-5-80-569256582-2953403351-2909559716-1301513147-1"),
        ("http://*:2869/", "NT AUTHORITY\\LOCAL SERVICE", "GX", "LS"),
        ("http://+:80/Temporary_Listen_Addresses/", "\\Everyone", "GX", "WD"),
        (
            "https://+:443/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/",
            "NT SERVICE\\SstpSvc",
            "GA",
            "S-1-5-80-3-1-2-3-4",
        ),
        ("https://+:443/ReportServer/", "NT SERVICE\\ReportServer", "GX", "S-1-5-80-2885764129-887777008-27-1-2"),
        ("https://*:5358/", "BUILTIN\\Users", "GX", "BU"),
        ("http://+:8530/", "NT AUTHORITY\\NETWORK SERVICE", "GA", "NS"),
    )
)
_OURS: Final = (
    "http://+:80/adfs/services/",
    "https://+:443/FederationMetadata/2007-06/",
    "https://+:443/EnrollmentServer/",
    "https://+:443/adfs/",
    "https://+:49443/adfs/",
    "http://+:80/adfs/probe/",
)


@dataclass
class Pki:
    """The CAs of a farm's users and of its servers, and a user."""

    root: Made
    issuing: Made
    user: Made
    middle: list[Made] = field(default_factory=list)  # between both
    others: list[Made] = field(default_factory=list)  # more CAs that belong to it
    tls_root: Made = field(default=None)  # type: ignore[assignment]
    tls_ca: Made = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.tls_root is None:
            self.tls_root = make(Wish((("C", "US"), ("O", "Public Trust, Inc."), ("CN", "Public Trust TLS Root R4"))))
            self.tls_ca = make(
                Wish((("C", "US"), ("O", "Public Trust, Inc."), ("CN", "Public Trust DV CA 7")), self.tls_root)
            )

    def server(self, *names: str, **wishes: object) -> Made:
        """Return a certificate for the servers with these names."""
        return make(
            replace(
                Wish((("CN", names[0]),), self.tls_ca, ca=False, names=names, usages=(SERVER_AUTH,), key="ssl"),
                begins=AT - timedelta(days=30),
                ends=AT + timedelta(days=330),
                **wishes,  # type: ignore[arg-type]
            )
        )


def two_tier(kind: str = "ec", *, ldap: bool = False, ocsp: bool = False) -> Pki:
    """Return a root and one issuing CA, named with a comma, an umlaut and DC= parts."""
    domain = (("DC", "net"), ("DC", "fabrikam"))
    root = make(Wish((*domain, ("CN", "Fabrikam, Inc. Wurzel-CA für alle")), kind=kind))
    issuing = make(
        Wish((*domain, ("CN", "Fabrikam Ausgabe-CA")), root, kind=kind, cdp=("http://crl.fabrikam.net/root.crl",))
    )
    return Pki(root, issuing, user(issuing, **_published("issuing", ldap=ldap, ocsp=ocsp)))


def three_tier(*, ldap: bool = True, ocsp: bool = True) -> Pki:
    """Return a root, a policy CA and two issuing CAs."""
    org = (("C", "DE"), ("O", "Fabrikam GmbH & Co. KG"))
    root = make(Wish((*org, ("CN", "Fabrikam Root G1")), kind="p384", ends=AT + timedelta(days=5000)))
    policy = make(Wish((*org, ("CN", "Fabrikam Policy CA")), root, cdp=("http://crl.fabrikam.net/g1.crl",)))
    first, second = (
        make(Wish((*org, ("CN", f"Fabrikam Users {n}")), policy, cdp=("http://crl.fabrikam.net/policy.crl",)))
        for n in (1, 2)
    )
    return Pki(root, first, user(first, **_published("users1", ldap=ldap, ocsp=ocsp)), [policy], [second])


def _published(name: str, *, ldap: bool, ocsp: bool) -> dict[str, tuple[str, ...]]:
    at_domain = f"ldap:///CN={name},CN=CDP,CN=Public%20Key%20Services,DC=fabrikam,DC=net?certificateRevocationList"
    return {
        "cdp": (f"http://crl.fabrikam.net/{name}.crl", *((at_domain,) if ldap else ())),
        "aia": (f"http://crl.fabrikam.net/{name}.crt",),
        "ocsp": ("http://ocsp.fabrikam.net/ocsp",) if ocsp else (),
    }


@dataclass
class Binding:
    """One record of `netsh http show sslcert`."""

    key: str
    sha1: str
    app: str = ADFS_APP
    store: str = "MY"
    revocation: str = "Enabled"
    cached: str = "Disabled"
    freshness: int = 0
    timeout: int = 0
    ctl: str = "AdfsTrustedDevices"
    negotiate: str = "Disabled"

    def lines(self, newer: int) -> Iterator[str]:
        host = self.key.rpartition(":")[0]
        word = "IP:port" if host[:1].isdigit() or host.startswith("[") else "Hostname:port"
        rows = [(word, self.key), ("Certificate Hash", self.sha1), ("Application ID", self.app)]
        rows += [("Certificate Store Name", self.store), ("Verify Client Certificate Revocation", self.revocation)]
        rows += [("Verify Revocation Using Cached Client Certificate Only", self.cached), ("Usage Check", "Enabled")]
        rows += [("Revocation Freshness Time", str(self.freshness)), ("URL Retrieval Timeout", str(self.timeout))]
        rows += [("Ctl Identifier", "(null)"), ("Ctl Store Name", self.ctl), ("DS Mapper Usage", "Disabled")]
        rows += [("Negotiate Client Certificate", self.negotiate)]
        more = [("Reject Connections", "Disabled"), ("Disable HTTP2", "Not Set"), ("Disable QUIC", "Not Set")]
        more += [("Disable TLS1.2", "Not Set"), ("Disable TLS1.3", "Not Set"), ("Disable OCSP Stapling", "Not Set")]
        more += [("Enable Token Binding", "Not Set"), ("Log Extended Events", "Not Set")]
        more += [("Disable Legacy TLS Versions", "Not Set"), ("Enable Session Ticket", "Not Set")]
        for label, value in rows + more[:newer]:
            yield f"    {label:<28} : {value}"
        yield ""


@dataclass
class Fetch:
    """One URL that certutil tried."""

    url: str
    error: str = ""  # as certutil prints it
    number: str = "5a"
    begins: datetime = AT - timedelta(days=2)
    ends: datetime = AT + timedelta(days=5)
    word: str = ""
    delta: bool = False


@dataclass
class Verification:
    """What `certutil -verify -urlfetch` says of a chain to one account."""

    chain: list[Made]
    fetches: list[list[Fetch]]  # of each element
    errors: list[int]
    offline: bool = False
    responders: str = ""  # what they meet, as certutil prints it


@dataclass
class Server:
    """All that a server's files tell."""

    name: str
    role: str
    urls: list[tuple[str, str, str]] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    stores: dict[str, list[Made]] = field(default_factory=dict)
    verified: dict[tuple[str, str], Verification] = field(default_factory=dict)  # by account and file
    texts: dict[str, str] = field(default_factory=dict)  # by the end of the file's name
    proxy: str = "    Direct access (no proxy server)."

    def binding(self, key: str) -> Binding:
        return next(one for one in self.bindings if one.key == key)

    def verdicts(self, what: str = "usercert") -> list[Verification]:
        return [one for (_account, name), one in self.verified.items() if name == what]


def verification(chain: Iterable[Made]) -> Verification:
    """Return what is said where all is well."""
    made = list(chain)
    return Verification(made, [[Fetch(url) for url in one.cdp] for one in made], [0] * len(made))


@dataclass
class StrangerFarm:
    """Two AD FS servers and two proxies, all well; change anything, then write."""

    pki: Pki = field(default_factory=three_tier)
    mode: str = "classic"
    newer: int = 2  # of sslcert's newer rows: 0 is 2012 R2
    servers: dict[str, Server] = field(default_factory=dict)
    tenant: dict[str, object] = field(default_factory=dict)
    ssl: Made = field(init=False)
    authorities: list[dict[str, object]] = field(init=False)  # the tenant's

    def __post_init__(self) -> None:
        names = (FS, f"certauth.{FS}", "enterpriseregistration.fabrikam.net")
        self.ssl = self.pki.server(*(names if self.mode == "alternate" else (FS, names[2])))
        for name, role in ROLES.items():
            self.servers[name] = self._server(name, role)
        self._configuration(self.servers["ADFS01"])
        for name in ("PRX01", "PRX02"):
            url = f"https://{FS}/adfs/ls"
            self.servers[name].texts["wapconfiguration"] = files.listing({"ADFSUrl": url, "UserIdleTimeoutSec": "0"})
        self._tenant()

    def _server(self, name: str, role: str) -> Server:
        made = Server(name, role)
        made.urls = [*_NOISE, *((url, "NT SERVICE\\adfssrv", f"D:(A;;GA;;;{ADFSSRV})") for url in _OURS)]
        bind = made.bindings
        bind.append(Binding(f"{FS}:443", self.ssl.sha1))
        asks = f"{FS}:49443" if self.mode == "classic" else f"certauth.{FS}:443"
        bind.append(Binding(asks, self.ssl.sha1, ctl="(null)", negotiate="Enabled"))
        bind.append(Binding("enterpriseregistration.fabrikam.net:443", self.ssl.sha1))
        bind.append(Binding("0.0.0.0:3389", "aa" * 20, app="{0f2f4c7a-7d5b-4e0d-9d0c-1f2e3d4c5b6a}", ctl="(null)"))
        if role == "adfs":
            bind.append(Binding("localhost:443", self.ssl.sha1))
        pki = self.pki
        made.stores["ROOT"] = [pki.root, pki.tls_root, *public_roots()]
        made.stores["CA"] = [*pki.middle, pki.issuing, *pki.others, pki.tls_ca, *microsoft()]
        made.stores["MY"] = [self.ssl]
        for account in ACCOUNTS[role]:
            made.verified[account.format(name), "usercert"] = verification(pki.user.chain())
            made.verified[account.format(name), "SubCA"] = verification(pki.issuing.chain())
        return made

    def _configuration(self, primary: Server) -> None:
        yes = {f"AllowedForPrimary{where}": "True" for where in ("Extranet", "Intranet")}
        own = {"AdminName": "Certificate Authentication", **yes, "Name": "CertificateAuthentication"}
        primary.texts["authprovider"] = files.listing(own, {**yes, "Name": "FormsAuthentication"})
        accepted = files.rules(files.SERIAL, files.ISSUER, "http://schemas.microsoft.com/ws/2008/06/identity/claims/x")
        issued = files.rules("http://schemas.xmlsoap.org/claims/UPN", files.SERIAL, files.ISSUER)
        trust = {"Enabled": "True", "Identifier": "AD AUTHORITY", "Name": "Active Directory"}
        primary.texts["claimstrust"] = files.listing({"AcceptanceTransformRules": accepted, **trust})
        party = {"Enabled": "True", "Identifier": "{urn:federation:MicrosoftOnline}", "IssuanceTransformRules": issued}
        party |= {"Name": "Microsoft Office 365 Identity Platform Worldwide"}
        party |= {"SignatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"}
        primary.texts["rptrust"] = files.listing(party)
        port = "49443" if self.mode == "classic" else "443"
        properties = {"AutoCertificateRollover": "True", "HostName": FS, "HttpPort": "80", "HttpsPort": "443"}
        properties |= {"TlsClientPort": port, "Identifier": f"http://{FS}/adfs/services/trust"}
        primary.texts["adfsproperties"] = files.listing(properties)

    def _tenant(self) -> None:
        chain = self.pki.issuing.chain()
        at = {
            one: next((u for u in below.cdp if u.startswith("http")), None)
            for below, one in zip(self.pki.user.chain(), chain, strict=False)
        }
        objects = [files.ca_object(one, url=at[one], root=one.issuer is None) for one in chain]
        objects += [
            files.ca_object(one, url="http://crl.fabrikam.net/users2.crl", root=False) for one in self.pki.others
        ]
        self.authorities = objects
        domain = {"id": "fabrikam.net", "authenticationType": "Federated", "isVerified": True}
        self.tenant = {
            "domains": {"value": [domain]},
            "certificateBasedAuthConfiguration": {"value": [{"id": "29728ade", "certificateAuthorities": objects}]},
        }

    def all(self, role: str = "") -> list[Server]:
        """Return the servers (of a role)."""
        return [one for one in self.servers.values() if role in ("", one.role)]

    def present(self, made: Made) -> None:
        """Bind another certificate everywhere, and store it."""
        for server in self.servers.values():
            for one in server.bindings:
                one.sha1 = made.sha1 if one.sha1 == self.ssl.sha1 else one.sha1
            server.stores["MY"] = [made]
        self.ssl = made

    def write(self, folder: Path) -> Path:
        """Write each server's files into its own folder."""
        for server in self.servers.values():
            where = folder / server.name
            where.mkdir(parents=True, exist_ok=True)
            for name, lines in self.files_of(server):
                self._put(where / f"{server.name}_{name}.txt", lines)
        return folder

    def files_of(self, server: Server) -> Iterator[tuple[str, Iterable[str]]]:
        """Yield what each file is called, and its lines."""
        yield "49443", files.urlacl(server.urls)
        yield "sslcert", files.sslcert(server.bindings, self.newer)
        for store, held in server.stores.items():
            yield f"store_{store.lower()}", files.store(store, held)
        for (account, what), said in server.verified.items():
            yield f"{account}_{what}", files.verify(said)
        yield "winhttp", ("", "Current WinHTTP proxy settings:", "", server.proxy, "")
        for name, text in server.texts.items():
            yield name, text.splitlines()

    def write_exports(self, folder: Path) -> None:
        """Write the stores' certificates beside their listings, as far as anybody has them."""
        for server in self.servers.values():
            for store, held in server.stores.items():
                bundle = b"".join(one.pem for one in held if not one.thumbprint)
                (folder / server.name / f"{server.name}_store_{store.lower()}.pem").write_bytes(bundle)

    def write_tenant(self, path: Path) -> Path:
        """Write the tenant's answers."""
        path.write_text(json.dumps(self.tenant, indent=1), encoding="utf-8")
        os.utime(path, (AT.timestamp(), AT.timestamp()))
        return path

    @staticmethod
    def _put(path: Path, lines: Iterable[str]) -> None:
        path.write_bytes("\r\n".join([*lines, ""]).encode("utf-8"))
        os.utime(path, (AT.timestamp(), AT.timestamp()))


@cache
def public_roots() -> tuple[Made, ...]:
    """Return roots as a Windows server has them."""
    named = [(("C", "US"), ("O", f"Trustworthy {n}"), ("CN", f"Trustworthy Root R{n}")) for n in range(60)]
    old = make(Wish((("OU", "Class 3 Public Primary"), ("O", "Old Sign, Inc.")), ends=AT - timedelta(days=900)))
    return (*(make(Wish(one, key=f"public{n % 5}")) for n, one in enumerate(named)), old)


@cache
def microsoft() -> tuple[Made, ...]:
    """Return what Windows itself has among the intermediates: one is its own issuer, one is over."""
    agency = make(Wish((("CN", "Root Agency"),), serial=0x06376C00AA00648A11CFB8D4AA5C35F4))
    root = make(Wish((("C", "US"), ("O", "Microsoft Corporation"), ("CN", "Microsoft Root Authority"))))
    sub = make(Wish((("O", "Microsoft Corporation"), ("CN", "Microsoft Windows Hardware Compatibility")), root))
    over = make(Wish((("O", "VeriSign, Inc."), ("OU", "www.verisign.com/CPS")), root, ends=AT - timedelta(days=1500)))
    return (replace(agency, thumbprint="fee449ee0e3965a5246f000e87fde2a065fd89d4"), sub, over)
