"""A server as captured files show it."""

from collections.abc import Sequence
from typing import TypeVar

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence import contexts, verified
from farmsight_agent.hosts.evidence.answers import together
from farmsight_agent.hosts.evidence.certutil import urlcache
from farmsight_agent.hosts.evidence.documents import accounts, adfs, entra, machine, wap
from farmsight_agent.hosts.evidence.names import is_of_tenant
from farmsight_agent.hosts.evidence.netsh import (
    advproxy,
    excluded_ports,
    iplisten,
    servicestate,
    sslcert,
    sslcert_json,
    urlacl,
    winhttp,
)
from farmsight_agent.hosts.evidence.sources import Read, Sources, tried, worst
from farmsight_agent.hosts.evidence.stores import reading as stores
from farmsight_agent.hosts.host import NOT_SHOWN, Account, Seen, StoredCertificate, StoredCrl, StoredCtl
from farmsight_agent.outcome import NotApplicableError, UnavailableError
from farmsight_wire.v1 import facts_pb2

T = TypeVar("T")


class EvidenceHost(Sources):
    """Answers every question from captured files, or says which command would have answered.

    What a command printed answers first, the script's JSON next, what an
    earlier run recorded last. A file that is there and can't be read leaves
    its question failed, unless another source answers it.
    """

    @property
    def platform(self) -> str:
        """Return "evidence"."""
        return "evidence"

    def blob(self, sha256: bytes) -> bytes | None:
        """Return bytes that a message of the last answer refers to."""
        return self._blobs.get(sha256)

    def identity(self, names: Sequence[str]) -> Seen[facts_pb2.HostIdentity]:
        """Return who the server is."""
        return self._first("host", "", lambda: machine.identity(self._document(), names))

    def clock_offsets(self) -> Seen[facts_pb2.ClockOffset]:
        """Return the clock comparisons."""
        return self._first("clock", "", self._section("Clock", machine.clock))

    def store_names(self) -> Seen[str]:
        """Return the stores that any file speaks of."""
        try:
            return Seen(values=stores.names(self._shelf(), self._document()), source="evidence")
        except UnavailableError:
            recording = self._recording()
            if recording is None or not recording.speaks_of("certificate-stores"):
                raise
            return Seen(values=recording.parts("certificate-stores"), source=recording.source)

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Return the certificates of one store."""

        def recorded() -> Seen[StoredCertificate]:
            return self._recorded_of_store(
                store,
                "store_certificate",
                lambda m: StoredCertificate(der=self.blob(m.certificate.blob_sha256), message=m),
            )

        return self._of_store(lambda: stores.certificates(self._shelf(), self._document(), store), recorded)

    def store_crls(self, store: str) -> Seen[StoredCrl]:
        """Return the CRLs of one store."""

        def stored(message: facts_pb2.StoreCrl) -> StoredCrl:
            return StoredCrl(der=self.blob(message.crl.blob_sha256), message=message)

        def recorded() -> Seen[StoredCrl]:
            return self._recorded_of_store(store, "store_crl", stored)

        return self._of_store(lambda: stores.crls(self._shelf(), self._document(), store), recorded)

    def store_ctls(self, store: str) -> Seen[StoredCtl]:
        """Return the trust lists that an earlier run recorded; nothing else here shows them."""

        def stored(message: facts_pb2.StoreCtl) -> StoredCtl:
            return StoredCtl(der=self.blob(message.blob_sha256), message=message)

        recording = self._recording()
        if recording is None or not recording.speaks_of("certificate-stores"):
            raise UnavailableError(NOT_SHOWN, "no file of a folder shows trust lists")
        return self._recorded_of_store(store, "store_ctl", stored)

    def url_reservations(self) -> Seen[facts_pb2.UrlReservation]:
        """Return the URL reservations."""
        return self._first("http-sys", "url-reservation", self._text("netsh-urlacl", urlacl.parse))

    def tls_bindings(self) -> Seen[facts_pb2.TlsBinding]:
        """Return the TLS bindings; what the cmdlets show of them only where netsh's output is not here."""
        return self._first(
            "http-sys",
            "tls-binding",
            self._text("netsh-sslcert", sslcert.parse),
            self._text("sslcert-json", sslcert_json.parse),
            self._section("Get-AdfsSslCertificate", adfs.ssl_binding),
            self._section("Get-WebApplicationProxySslCertificate", adfs.ssl_binding),
        )

    def ip_listen(self) -> Seen[facts_pb2.IpListen]:
        """Return the IP listen list."""
        return self._first(
            "http-sys",
            "ip-listen",
            self._text("netsh-iplisten", iplisten.parse),
            self._section("IpListen", machine.ip_listen),
        )

    def url_registrations(self) -> Seen[facts_pb2.UrlRegistration]:
        """Return the URLs that are registered."""
        return self._first(
            "http-sys",
            "url-registration",
            self._text("netsh-servicestate", servicestate.parse),
            self._section("UrlRegistrations", machine.url_registration),
        )

    def http_timeouts(self) -> Seen[facts_pb2.HttpTimeout]:
        """Return the timeouts that an earlier run recorded; nothing else here shows them."""
        recorded = self._recorded_values("http-sys", "http-timeout", None)
        if recorded is None:
            raise UnavailableError(NOT_SHOWN, "no file of a folder shows the timeouts of http.sys")
        return recorded

    def listeners(self) -> Seen[facts_pb2.Listener]:
        """Return the listening sockets."""
        return self._first("listeners", "", self._section("Listeners", machine.listener))

    def port_exclusions(self) -> Seen[facts_pb2.PortExclusion]:
        """Return the excluded port ranges."""
        return self._first(
            "port-exclusions",
            "",
            self._section("ExcludedPortRanges", machine.port_exclusion),
            self._text("netsh-excluded-ports", excluded_ports.parse),
        )

    def services(self) -> Seen[facts_pb2.Service]:
        """Return the services."""
        return self._first("services", "", self._section("Services", machine.service))

    def proxy_settings(self, account: Account) -> Seen[facts_pb2.ProxySetting]:
        """Return the settings of the account, and the machine's from netsh, which stand for every account."""
        self._blobs = {}
        asked = account.context == facts_pb2.CONTEXT_CALLER
        readers: tuple[Read[facts_pb2.ProxySetting], ...] = (
            lambda: accounts.proxies(self._document(), account),
            self._text("netsh-winhttp", winhttp.parse),
            self._text("netsh-advproxy", lambda text: advproxy.parse(text, who_asked=asked)),
        )
        found, troubles = tried(readers)
        if found:
            self._shelf().answered_beside(troubles)
            return together(found)
        recorded = self._recorded_values("proxy-settings", None, account.context)
        if recorded is not None:
            return recorded
        raise worst(troubles) or self._lack(troubles, "proxy-settings", "")

    def schannel_settings(self) -> Seen[facts_pb2.SchannelSetting]:
        """Return the Schannel settings."""
        return self._first("schannel", "", lambda: machine.schannel(self._document()))

    def url_cache(self, account: Account) -> Seen[facts_pb2.UrlCacheEntry]:
        """Return the account's URL cache."""
        return self._first(
            "url-cache",
            "",
            lambda: accounts.url_cache(self._document(), account),
            lambda: self._captured_cache(account),
            context=account.context,
        )

    def _captured_cache(self, account: Account) -> Seen[facts_pb2.UrlCacheEntry]:
        shelf, named = self._shelf(), self._named()
        for capture in reversed(shelf.of("certutil-urlcache")):
            if contexts.account_of(capture.account, shelf.server, named).context == account.context:
                return urlcache.parse(shelf.text(capture))
        raise UnavailableError("file-missing")

    def chain_verdicts(self, account: Account) -> Seen[facts_pb2.ChainVerdict]:
        """Return what certutil said, as this account."""
        recorded = self._recorded_values("chain-verdicts", None, account.context)
        if recorded is not None:
            return recorded
        return verified.verdicts(self._shelf(), self._named(), account)

    def given_certificates(self) -> Seen[facts_pb2.GivenCertificate]:
        """Return the certificates that lie beside the evidence, and the leaves that certutil verified."""
        self._blobs = {}
        readers: list[Read[facts_pb2.GivenCertificate]] = [lambda: verified.given(self._shelf(), self._keep)]
        recording = self._recording()
        if recording is not None and recording.speaks_of("given-certificates"):
            readers.insert(0, self._recorded_ones)
        found, troubles = tried(readers)
        if not found:
            raise troubles[0]
        return together(found)

    def _recorded_ones(self) -> Seen[facts_pb2.GivenCertificate]:
        seen = self._recorded_facts("given-certificates", None, None)
        return Seen(values=tuple(one.given_certificate for one in seen.values), source=seen.source, lines=seen.lines)

    def adfs(self, part: str) -> Seen[Message]:
        """Return one part of the AD FS configuration."""
        return self._first("adfs", part, lambda: adfs.part(self._document(), part, self._keep))

    def wap(self, part: str) -> Seen[Message]:
        """Return one part of the proxy's configuration."""
        return self._first("wap", part, lambda: wap.part(self._document(), part, self._keep))

    def entra(self, part: str) -> Seen[Message]:
        """Return one part of the tenant's side; not applicable where no file here holds it."""
        if not entra.speaks_of_tenant(self._document()):
            seen = self._recorded_values("entra", part, None)
            if seen is not None:
                return seen
            tenants = {one.file for one in self._shelf().of("tenant")}
            for file, error in self._document().broken:
                if file in tenants or is_of_tenant(file):
                    raise error
            raise NotApplicableError("no-tenant-file", f"no entra.json in {self._shelf().where}")
        self._blobs = {}
        return entra.part(self._document(), part, self._keep)

    def event_publishers(self) -> Seen[str]:
        """Return whose event records are here."""
        found = self._first("events", "", self._section("Events", machine.event))
        return Seen(values=tuple(dict.fromkeys(machine.publisher(one) for one in found.values)), source=found.source)

    def events(self, publisher: str) -> Seen[facts_pb2.EventRecord]:
        """Return the event records of one publisher's logs."""
        section = self._section("Events", machine.event)
        return self._first("events", publisher, lambda: machine.published(section(), publisher))

    def recorded(self, probe: str, account: Account | None = None) -> Seen[facts_pb2.Fact]:
        """Return the facts of a probe that an earlier run recorded, or that certutil's output holds."""
        context = None if account is None else account.context
        recording = self._recording()
        if recording is not None and recording.speaks_of(probe):
            return self._recorded_facts(probe, None, context)
        if probe == "retrievals" and account is not None:
            shelf, named = self._shelf(), self._named()
            return shelf.once("retrievals", account, lambda: verified.retrievals(shelf, named, account))
        raise self._lack([], probe, "")

    def accounts(self) -> Sequence[Account]:
        """Return the accounts behind the contexts that the evidence speaks of."""
        shelf, document = self._shelf(), self._document()
        if not (document.keys() & {"Contexts", "Services"}):
            recording = self._recording()
            recorded = recording.accounts() if recording is not None else ()
            if recorded:
                return recorded
        return contexts.accounts(document, shelf.captures, shelf.server, shelf.named)
