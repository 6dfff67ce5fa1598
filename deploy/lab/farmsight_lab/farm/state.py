"""What the lab farm is made of; faults change it, `evidence` and `sites` write it out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from farmsight_lab.names import Addressing, Role
from farmsight_lab.pki.hierarchy import Pki

Mode = Literal["49443", "certauth"]
Json = dict[str, Any]


@dataclass(kw_only=True)
class Stored:
    """A certificate (by its lab name) in a store of a server."""

    certificate: str
    has_key: bool = False
    origin: str = "Registry"


@dataclass(kw_only=True)
class Entry:
    """One access control entry of a reservation."""

    sid: str
    account: str
    rights: str = "GA"


@dataclass(kw_only=True)
class Reservation:
    """One URL reservation of http.sys."""

    url: str
    entries: list[Entry]


@dataclass(kw_only=True)
class Binding:
    """One TLS binding of http.sys, as netsh shows it."""

    key: str  # name:port or address:port
    thumbprint: str
    application: str
    ctl_store: str = ""
    negotiate: bool = False
    verify_revocation: bool = True
    cached_only: bool = False
    usage_check: bool = True
    ds_mapper: bool = False
    store: str = "MY"


@dataclass(kw_only=True)
class Listening:
    """One TLS listener that really listens."""

    port: int
    name: str  # the federation service name or certauth
    asks: bool
    certificate: str = "farm-tls"  # the lab name of what it presents
    conduct: Json = field(default_factory=dict)  # what else a listener's site file may say
    up: bool = True


@dataclass(kw_only=True)
class Server:
    """One server: what its evidence says, and how it stands on the network."""

    name: str
    role: Role
    stores: dict[str, list[Stored]]
    reservations: list[Reservation]
    bindings: list[Binding]
    listening: list[Listening]
    issuer_list: list[str]  # lab names of the CAs offered to clients
    host: Json
    adfs: Json | None = None
    wap: Json | None = None
    clock_offset_s: float = 0.0
    cdp: Literal["main", "mirror"] = "main"  # which of the two web servers PKI names lead to
    no_route: bool = False  # to the network of the PKI
    blocked: set[str] = field(default_factory=set)  # contexts whose account is not let out to the PKI
    unresolved: set[str] = field(default_factory=set)  # names that it can't resolve
    missing: set[str] = field(default_factory=set)  # evidence files that nobody collected

    def binding(self, key: str) -> Binding:
        """Return a binding by key; raises KeyError."""
        for binding in self.bindings:
            if binding.key == key:
                return binding
        raise KeyError(key)


@dataclass(kw_only=True)
class Page:
    """What a web server has at one path: a body, and how it misbehaves (fields of its site file)."""

    body: bytes = b""
    settings: Json = field(default_factory=dict)


@dataclass(kw_only=True)
class Site:
    """One web server of the PKI."""

    pages: dict[str, Page]
    refuse_plus: bool = False


@dataclass(kw_only=True)
class Farm:
    """Everything that a scenario can change."""

    mode: Mode
    addressing: Addressing
    now: datetime
    published: datetime  # when the CAs published last
    pki: Pki
    servers: dict[str, Server]
    sites: dict[Literal["main", "mirror"], Site]
    entra: Json | None
