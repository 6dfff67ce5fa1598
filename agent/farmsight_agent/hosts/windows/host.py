"""A Windows server, as its own APIs, its registry and its cmdlets show it."""

import sys
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from google.protobuf.message import Message

from farmsight_agent.hosts.absent import AbsentHost
from farmsight_agent.hosts.host import NOT_SHOWN, Account, Seen, StoredCertificate, StoredCrl, StoredCtl
from farmsight_agent.hosts.windows import (
    accounts,
    certificate_stores,
    chain_verdicts,
    clock,
    cmdlets,
    events,
    http_sys,
    identity,
    listeners,
    port_exclusions,
    proxies,
    schannel,
    services,
    url_cache,
)
from farmsight_agent.hosts.windows.programs import cmdlets_service, powershell
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

if TYPE_CHECKING:
    from farmsight_agent.config import Config


class WindowsHost(AbsentHost):
    """Answers every question natively; each answer names the source that gave it."""

    platform = "windows"

    def __init__(self, config: "Config") -> None:
        """Take the configuration: the server's name, its role, the certificates to ask about."""
        super().__init__(UnavailableError, NOT_SHOWN, "Windows does not show it")
        self._config = config
        self._cmdlets = cmdlets.Cmdlets(powershell.run, cmdlets_service.running)
        self._blobs: dict[bytes, bytes] = {}

    def identity(self, names: Sequence[str]) -> Seen[facts_pb2.HostIdentity]:
        """Return who this server is, and how it resolves the names given."""
        return identity.identity(names, self._config.server_name)

    def clock_offsets(self) -> Seen[facts_pb2.ClockOffset]:
        """Return the offset from the time source that Windows uses."""
        return clock.offsets()

    def store_names(self) -> Seen[str]:
        """Return the stores that bear on sign-in, and those that a TLS binding names."""
        return certificate_stores.names(self.tls_bindings)

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Return the certificates of one store, each with the physical store it comes from."""
        return certificate_stores.certificates(store)

    def store_crls(self, store: str) -> Seen[StoredCrl]:
        """Return the CRLs of one store."""
        return certificate_stores.crls(store)

    def store_ctls(self, store: str) -> Seen[StoredCtl]:
        """Return the certificate trust lists of one store."""
        return certificate_stores.ctls(store)

    def url_reservations(self) -> Seen[facts_pb2.UrlReservation]:
        """Return the URL reservations of http.sys."""
        return http_sys.url_reservations()

    def tls_bindings(self) -> Seen[facts_pb2.TlsBinding]:
        """Return the TLS bindings of http.sys: by address, by name, central, scoped."""
        return http_sys.tls_bindings()

    def ip_listen(self) -> Seen[facts_pb2.IpListen]:
        """Return the IP listen list of http.sys."""
        return http_sys.ip_listen()

    def url_registrations(self) -> Seen[facts_pb2.UrlRegistration]:
        """Return the URLs that processes have registered with http.sys now."""
        return http_sys.url_registrations()

    def http_timeouts(self) -> Seen[facts_pb2.HttpTimeout]:
        """Return the timeouts of http.sys that are set."""
        return http_sys.timeouts()

    def listeners(self) -> Seen[facts_pb2.Listener]:
        """Return the listening sockets with process, service and account."""
        return listeners.listening()

    def port_exclusions(self) -> Seen[facts_pb2.PortExclusion]:
        """Return the TCP port ranges that Windows keeps from being bound."""
        return port_exclusions.exclusions()

    def services(self) -> Seen[facts_pb2.Service]:
        """Return the services that bear on sign-in."""
        return services.services()

    def proxy_settings(self, account: Account) -> Seen[facts_pb2.ProxySetting]:
        """Return the WinHTTP proxy, and the WinINET proxy of the account."""
        return proxies.settings(account)

    def schannel_settings(self) -> Seen[facts_pb2.SchannelSetting]:
        """Return the Schannel, .NET, http.sys and chain engine settings that are set."""
        return schannel.settings()

    def url_cache(self, account: Account) -> Seen[facts_pb2.UrlCacheEntry]:
        """Return what the account's CryptnetUrlCache holds."""
        self._blobs.clear()
        return url_cache.entries(account, self._keep)

    def chain_verdicts(self, account: Account) -> Seen[facts_pb2.ChainVerdict]:
        """Return what this server's chain engine says of the configured users' certificates."""
        return chain_verdicts.verdicts(account, self._config.retrieval.user_certificates)

    def adfs(self, part: str) -> Seen[Message]:
        """Return one part of the AD FS configuration."""
        self._blobs.clear()
        return self._cmdlets.adfs(part, self._keep)

    def wap(self, part: str) -> Seen[Message]:
        """Return one part of the Web Application Proxy configuration."""
        self._blobs.clear()
        return self._cmdlets.wap(part, self._keep)

    def event_publishers(self) -> Seen[str]:
        """Return whose event logs are read."""
        return events.publishers()

    def events(self, publisher: str) -> Seen[facts_pb2.EventRecord]:
        """Return records of one publisher's logs that bear on certificate sign-in."""
        return events.records(publisher)

    def blob(self, sha256: bytes) -> bytes | None:
        """Return bytes that a message of the last answer refers to by hash, once: a cached CRL may be large."""
        return self._blobs.pop(sha256, None)

    def accounts(self) -> Sequence[Account]:
        """Return the accounts that the services run as here, one a context."""
        return accounts.accounts()

    def _keep(self, data: bytes) -> bytes:
        digest = sha256(data).digest()
        self._blobs[digest] = data
        return digest
