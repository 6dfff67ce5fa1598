"""A host that can't answer, and says why: the base for platforms that know only some things."""

from collections.abc import Sequence
from typing import Final

from google.protobuf.message import Message

from farmsight_agent.hosts.host import Account, Seen, StoredCertificate, StoredCrl, StoredCtl
from farmsight_agent.outcome import NotApplicableError, NotObservedError
from farmsight_wire.v1 import facts_pb2

LIVE: Final = "live-host"  # the reason of a host that observes for itself what others only have recorded


class AbsentHost:
    """Every question ends in the same outcome; what a subclass can answer it overrides."""

    platform = "absent"

    def __init__(self, kind: type[NotObservedError], reason: str, detail: str = "") -> None:
        """Take the outcome that every question ends in."""
        self._kind, self._reason, self._detail = kind, reason, detail

    def _error(self, what: str) -> NotObservedError:
        return self._kind(self._reason, f"{what}: {self._detail}" if self._detail else what)

    def identity(self, names: Sequence[str]) -> Seen[facts_pb2.HostIdentity]:  # noqa: ARG002
        """Raise the outcome."""
        raise self._error("host identity")

    def clock_offsets(self) -> Seen[facts_pb2.ClockOffset]:
        """Raise the outcome."""
        raise self._error("clock")

    def store_names(self) -> Seen[str]:
        """Raise the outcome."""
        raise self._error("certificate stores")

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Raise the outcome."""
        raise self._error(f"certificate store {store}")

    def store_crls(self, store: str) -> Seen[StoredCrl]:
        """Raise the outcome."""
        raise self._error(f"CRLs of store {store}")

    def store_ctls(self, store: str) -> Seen[StoredCtl]:
        """Raise the outcome."""
        raise self._error(f"trust lists of store {store}")

    def url_reservations(self) -> Seen[facts_pb2.UrlReservation]:
        """Raise the outcome."""
        raise self._error("URL reservations")

    def tls_bindings(self) -> Seen[facts_pb2.TlsBinding]:
        """Raise the outcome."""
        raise self._error("TLS bindings")

    def ip_listen(self) -> Seen[facts_pb2.IpListen]:
        """Raise the outcome."""
        raise self._error("IP listen list")

    def url_registrations(self) -> Seen[facts_pb2.UrlRegistration]:
        """Raise the outcome."""
        raise self._error("registered URLs")

    def http_timeouts(self) -> Seen[facts_pb2.HttpTimeout]:
        """Raise the outcome."""
        raise self._error("timeouts of http.sys")

    def listeners(self) -> Seen[facts_pb2.Listener]:
        """Raise the outcome."""
        raise self._error("listeners")

    def port_exclusions(self) -> Seen[facts_pb2.PortExclusion]:
        """Raise the outcome."""
        raise self._error("excluded ports")

    def services(self) -> Seen[facts_pb2.Service]:
        """Raise the outcome."""
        raise self._error("services")

    def proxy_settings(self, account: Account) -> Seen[facts_pb2.ProxySetting]:
        """Raise the outcome."""
        raise self._error(f"proxy settings of {account.name}")

    def schannel_settings(self) -> Seen[facts_pb2.SchannelSetting]:
        """Raise the outcome."""
        raise self._error("Schannel settings")

    def url_cache(self, account: Account) -> Seen[facts_pb2.UrlCacheEntry]:
        """Raise the outcome."""
        raise self._error(f"URL cache of {account.name}")

    def chain_verdicts(self, account: Account) -> Seen[facts_pb2.ChainVerdict]:
        """Raise the outcome."""
        raise self._error(f"chain verdicts as {account.name}")

    def given_certificates(self) -> Seen[facts_pb2.GivenCertificate]:
        """Say that none was handed in."""
        raise NotApplicableError("none-given", "no certificate was handed in")

    def adfs(self, part: str) -> Seen[Message]:
        """Raise the outcome."""
        raise self._error(f"AD FS {part}")

    def wap(self, part: str) -> Seen[Message]:
        """Raise the outcome."""
        raise self._error(f"Web Application Proxy {part}")

    def entra(self, part: str) -> Seen[Message]:  # noqa: ARG002
        """Say that no tenant file is here."""
        raise NotApplicableError("no-tenant-file", "only an evidence folder holds the tenant's side")

    def event_publishers(self) -> Seen[str]:
        """Raise the outcome."""
        raise self._error("event logs")

    def events(self, publisher: str) -> Seen[facts_pb2.EventRecord]:
        """Raise the outcome."""
        raise self._error(f"event logs of {publisher}")

    def recorded(self, probe: str, account: Account | None = None) -> Seen[facts_pb2.Fact]:  # noqa: ARG002
        """Say that nothing was recorded here, so that the probe looks for itself."""
        raise NotApplicableError(LIVE, f"{probe} is observed, not recorded")

    def blob(self, sha256: bytes) -> bytes | None:  # noqa: ARG002
        """Return None."""
        return None

    def accounts(self) -> Sequence[Account]:
        """Return no account."""
        return ()
