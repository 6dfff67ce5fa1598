"""The seam between probes and platforms.

Every method returns what was seen and from which source, as messages of the
wire contract in the source's own spelling (the normalise stage gives them
one spelling), or raises a `NotObservedError`. An empty `Seen` means: looked,
and there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from google.protobuf.message import Message

from farmsight_wire.v1 import facts_pb2

T_co = TypeVar("T_co", covariant=True)
NOT_SHOWN: Final = "not-shown"  # the reason of a source that never shows such a thing: nobody looked, nothing is said


@dataclass(frozen=True, kw_only=True)
class Seen(Generic[T_co]):
    """Values with the source that gave them ("api", "registry", "evidence:FILE", ...).

    `lines` holds, beside each value, the file and line it came from, where
    it came from a file; else it is empty.
    """

    values: tuple[T_co, ...]
    source: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StoredCertificate:
    """A certificate in a store; `der` is None where the source shows names only."""

    der: bytes | None
    message: facts_pb2.StoreCertificate


@dataclass(frozen=True, kw_only=True)
class StoredCrl:
    """A CRL in a store; `der` is None where the source shows names only."""

    der: bytes | None
    message: facts_pb2.StoreCrl


@dataclass(frozen=True, kw_only=True)
class StoredCtl:
    """A certificate trust list in a store; `der` is None where the source shows names only."""

    der: bytes | None
    message: facts_pb2.StoreCtl


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account that a context stands for on this host.

    `service` is the Windows service that runs as it, whose process can lend its token.
    """

    context: facts_pb2.Context.ValueType
    name: str
    sid: str = ""
    uid: int | None = None
    gid: int | None = None
    service: str = ""


class Host(Protocol):
    """One server, as a platform shows it. Read-only: no method changes anything."""

    @property
    def platform(self) -> str:
        """Return "windows", "linux" or "evidence"."""

    def identity(self, names: Sequence[str]) -> Seen[facts_pb2.HostIdentity]:
        """Return who this server is, and how it resolves the names given."""

    def clock_offsets(self) -> Seen[facts_pb2.ClockOffset]:
        """Return this clock's exact offset from each reference that could be asked."""

    def store_names(self) -> Seen[str]:
        """Return the names of the certificate stores that matter here."""

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Return the certificates of one store."""

    def store_crls(self, store: str) -> Seen[StoredCrl]:
        """Return the CRLs of one store."""

    def store_ctls(self, store: str) -> Seen[StoredCtl]:
        """Return the certificate trust lists of one store."""

    def url_reservations(self) -> Seen[facts_pb2.UrlReservation]:
        """Return the URL reservations of http.sys."""

    def tls_bindings(self) -> Seen[facts_pb2.TlsBinding]:
        """Return the TLS bindings of http.sys, or of the TLS proxy on Linux."""

    def ip_listen(self) -> Seen[facts_pb2.IpListen]:
        """Return the addresses that http.sys is restricted to; none: it listens on all."""

    def url_registrations(self) -> Seen[facts_pb2.UrlRegistration]:
        """Return the URLs that processes have registered with http.sys now."""

    def http_timeouts(self) -> Seen[facts_pb2.HttpTimeout]:
        """Return the timeouts of http.sys that are set."""

    def listeners(self) -> Seen[facts_pb2.Listener]:
        """Return listening TCP sockets with their owners."""

    def port_exclusions(self) -> Seen[facts_pb2.PortExclusion]:
        """Return the TCP port ranges that the system keeps from being bound."""

    def services(self) -> Seen[facts_pb2.Service]:
        """Return the services that bear on sign-in."""

    def proxy_settings(self, account: Account) -> Seen[facts_pb2.ProxySetting]:
        """Return the proxy settings that this account would use."""

    def schannel_settings(self) -> Seen[facts_pb2.SchannelSetting]:
        """Return the Schannel settings that are set."""

    def url_cache(self, account: Account) -> Seen[facts_pb2.UrlCacheEntry]:
        """Return what this account's CryptoAPI URL cache holds."""

    def chain_verdicts(self, account: Account) -> Seen[facts_pb2.ChainVerdict]:
        """Return what this server's own chain engine said of certificates, as this account."""

    def given_certificates(self) -> Seen[facts_pb2.GivenCertificate]:
        """Return certificates that were handed in, of users and CAs, and stand in no store here."""

    def adfs(self, part: str) -> Seen[Message]:
        """Return one part of the AD FS configuration (see the vocabulary's parts)."""

    def wap(self, part: str) -> Seen[Message]:
        """Return one part of the Web Application Proxy configuration."""

    def entra(self, part: str) -> Seen[Message]:
        """Return one part of the tenant's side, where a file here holds it."""

    def event_publishers(self) -> Seen[str]:
        """Return whose event logs may bear on sign-in here: what stands before the slash in a log's name."""

    def events(self, publisher: str) -> Seen[facts_pb2.EventRecord]:
        """Return records of one publisher's logs that bear on certificate sign-in."""

    def recorded(self, probe: str, account: Account | None = None) -> Seen[facts_pb2.Fact]:
        """Return facts recorded by an earlier run, as an account or in any context.

        For retrievals and endpoints, which a live host observes itself: a
        live host raises `NotApplicableError`, and the probe then goes to
        the network.
        """

    def blob(self, sha256: bytes) -> bytes | None:
        """Return bytes that a message of the last answer refers to by hash, where they are at hand."""

    def accounts(self) -> Sequence[Account]:
        """Return the accounts behind the contexts that exist on this host."""
