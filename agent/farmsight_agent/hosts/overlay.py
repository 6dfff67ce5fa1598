"""Evidence first, the platform for what the folder has no file for."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from google.protobuf.message import Message

from farmsight_agent.hosts.host import Account, Host, Seen, StoredCertificate, StoredCrl, StoredCtl
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2

T = TypeVar("T")

# The roles that only Windows servers have: what is missing there is unknown, not inapplicable.
WINDOWS_ROLES: Final = frozenset({"adfs", "wap"})
# What a Linux machine that stands in for a Windows server can still say of itself.
SAME_EVERYWHERE: Final = frozenset({"clock", "proxy-settings"})
MISSING: Final = frozenset({"file-missing", "not-collected", "folder-missing", "no-evidence-folder"})


class OverlayHost:
    """An evidence folder laid over a platform.

    A file that is there answers, even when its answer is that it can't be
    read; the platform is asked only where the folder has nothing. Certificate
    stores are never mixed: they all come from the folder as soon as it holds
    one of them.
    """

    def __init__(self, evidence: Host, platform: Host, *, role: str, platform_only: Sequence[str] = ()) -> None:
        """Take both hosts, the server's role, and the probes that never use the folder."""
        self._evidence, self._platform = evidence, platform
        self._windows_role = role in WINDOWS_ROLES
        self._platform_only = frozenset(platform_only)

    @property
    def platform(self) -> str:
        """Return the platform below."""
        return self._platform.platform

    def _ask(self, probe: str, question: Callable[[Host], Seen[T]]) -> Seen[T]:
        if probe in self._platform_only:
            return question(self._platform)
        try:
            return question(self._evidence)
        except UnavailableError as missing:
            if missing.reason not in MISSING or not self._may_answer(probe):
                raise
            lacking = missing
        try:
            return question(self._platform)
        except UnavailableError as below:
            # Which file would answer helps; that this platform has no reader yet does not.
            raise lacking if below.reason == "not-built" else below from None

    def _may_answer(self, probe: str) -> bool:
        """Tell whether the platform below can answer for such a server.

        Linux under a Windows role (a lab, a stand-in) knows no AD FS service
        and no Windows store: "there is none" from it would be a lie.
        """
        stands_in = self._windows_role and self._platform.platform == "linux"
        return not stands_in or probe in SAME_EVERYWHERE

    def identity(self, names: Sequence[str]) -> Seen[facts_pb2.HostIdentity]:
        """Return who this server is."""
        return self._ask("host", lambda host: host.identity(names))

    def clock_offsets(self) -> Seen[facts_pb2.ClockOffset]:
        """Return this clock's offsets."""
        return self._ask("clock", lambda host: host.clock_offsets())

    def store_names(self) -> Seen[str]:
        """Return the names of the stores of whichever host has stores."""
        return self._ask("certificate-stores", lambda host: host.store_names())

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Return the certificates of one store."""
        return self._stores().store_certificates(store)

    def store_crls(self, store: str) -> Seen[StoredCrl]:
        """Return the CRLs of one store."""
        return self._stores().store_crls(store)

    def store_ctls(self, store: str) -> Seen[StoredCtl]:
        """Return the certificate trust lists of one store."""
        return self._stores().store_ctls(store)

    def _stores(self) -> Host:
        if "certificate-stores" in self._platform_only:
            return self._platform
        try:
            self._evidence.store_names()
        except UnavailableError as missing:
            if missing.reason in MISSING and self._may_answer("certificate-stores"):
                return self._platform
        return self._evidence

    def url_reservations(self) -> Seen[facts_pb2.UrlReservation]:
        """Return the URL reservations."""
        return self._ask("http-sys", lambda host: host.url_reservations())

    def tls_bindings(self) -> Seen[facts_pb2.TlsBinding]:
        """Return the TLS bindings."""
        return self._ask("http-sys", lambda host: host.tls_bindings())

    def ip_listen(self) -> Seen[facts_pb2.IpListen]:
        """Return the IP listen list of http.sys."""
        return self._ask("http-sys", lambda host: host.ip_listen())

    def url_registrations(self) -> Seen[facts_pb2.UrlRegistration]:
        """Return the URLs that are registered with http.sys."""
        return self._ask("http-sys", lambda host: host.url_registrations())

    def http_timeouts(self) -> Seen[facts_pb2.HttpTimeout]:
        """Return the timeouts of http.sys, which no file of a folder shows."""
        return (self._platform if self._may_answer("http-sys") else self._evidence).http_timeouts()

    def listeners(self) -> Seen[facts_pb2.Listener]:
        """Return the listening sockets."""
        return self._ask("listeners", lambda host: host.listeners())

    def port_exclusions(self) -> Seen[facts_pb2.PortExclusion]:
        """Return the excluded port ranges."""
        return self._ask("port-exclusions", lambda host: host.port_exclusions())

    def services(self) -> Seen[facts_pb2.Service]:
        """Return the services."""
        return self._ask("services", lambda host: host.services())

    def proxy_settings(self, account: Account) -> Seen[facts_pb2.ProxySetting]:
        """Return the proxy settings of an account."""
        return self._ask("proxy-settings", lambda host: host.proxy_settings(account))

    def schannel_settings(self) -> Seen[facts_pb2.SchannelSetting]:
        """Return the Schannel settings."""
        return self._ask("schannel", lambda host: host.schannel_settings())

    def url_cache(self, account: Account) -> Seen[facts_pb2.UrlCacheEntry]:
        """Return the URL cache of an account."""
        return self._ask("url-cache", lambda host: host.url_cache(account))

    def chain_verdicts(self, account: Account) -> Seen[facts_pb2.ChainVerdict]:
        """Return the server's own word on certificates."""
        return self._ask("chain-verdicts", lambda host: host.chain_verdicts(account))

    def given_certificates(self) -> Seen[facts_pb2.GivenCertificate]:
        """Return the certificates that were handed in with the folder."""
        return self._evidence.given_certificates()

    def adfs(self, part: str) -> Seen[Message]:
        """Return one part of the AD FS configuration."""
        return self._ask("adfs", lambda host: host.adfs(part))

    def wap(self, part: str) -> Seen[Message]:
        """Return one part of the proxy's configuration."""
        return self._ask("wap", lambda host: host.wap(part))

    def entra(self, part: str) -> Seen[Message]:
        """Return one part of the tenant's side, which only a folder holds."""
        return self._evidence.entra(part)

    def event_publishers(self) -> Seen[str]:
        """Return whose event logs either host speaks of."""
        return self._ask("events", lambda host: host.event_publishers())

    def events(self, publisher: str) -> Seen[facts_pb2.EventRecord]:
        """Return the event records."""
        return self._ask("events", lambda host: host.events(publisher))

    def recorded(self, probe: str, account: Account | None = None) -> Seen[facts_pb2.Fact]:
        """Return recorded facts; where none are, the platform is live and says so."""
        if probe in self._platform_only:
            return self._platform.recorded(probe, account)
        try:
            return self._evidence.recorded(probe, account)
        except UnavailableError as missing:
            if missing.reason not in MISSING:
                raise
        return self._platform.recorded(probe, account)

    def blob(self, sha256: bytes) -> bytes | None:
        """Return bytes that a message refers to."""
        return self._evidence.blob(sha256) or self._platform.blob(sha256)

    def accounts(self) -> Sequence[Account]:
        """Return the accounts that calls can be run as here, else those that the folder names."""
        return self._platform.accounts() or self._evidence.accounts()
