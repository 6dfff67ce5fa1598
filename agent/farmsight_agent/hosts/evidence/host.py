"""A server as its evidence folder shows it."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.documents import accounts, adfs, entra, machine, sections, wap
from farmsight_agent.hosts.evidence.documents.located import Located, load
from farmsight_agent.hosts.evidence.documents.recorded import Recording
from farmsight_agent.hosts.evidence.intake.folder import Folder
from farmsight_agent.hosts.evidence.netsh import sslcert as netsh_sslcert
from farmsight_agent.hosts.evidence.netsh import urlacl as netsh_urlacl
from farmsight_agent.hosts.evidence.netsh import winhttp
from farmsight_agent.hosts.evidence.stores import reading as stores
from farmsight_agent.hosts.host import Account, Seen, StoredCertificate, StoredCrl
from farmsight_agent.outcome import NotApplicableError, UnavailableError
from farmsight_wire.v1 import facts_pb2

T = TypeVar("T")
MISSING: Final = frozenset({"file-missing", "not-collected"})


class EvidenceHost:
    """Answers every question from captured files, or says which file would have answered.

    Files are read when asked for, so that a folder may be filled while the
    agent runs. A collected file answers what no captured output does.
    """

    def __init__(self, folder: Path, server_name: str | None = None) -> None:
        """Take the folder and, where it holds several servers, the one meant."""
        self._folder = Folder(folder, server_name)
        self._documents: dict[str, tuple[tuple[int, int, int], Located]] = {}
        self._blobs: dict[bytes, bytes] = {}

    @property
    def platform(self) -> str:
        """Return "evidence"."""
        return "evidence"

    @property
    def folder(self) -> Folder:
        """Return the folder, for listing what it holds."""
        return self._folder

    def blob(self, sha256: bytes) -> bytes | None:
        """Return bytes that a message of the last answer refers to."""
        return self._blobs.get(sha256)

    def identity(self, names: Sequence[str]) -> Seen[facts_pb2.HostIdentity]:
        """Return who the server is, from NAME_host.json."""
        return self._first(lambda: machine.identity(self._host(), names), "host")

    def clock_offsets(self) -> Seen[facts_pb2.ClockOffset]:
        """Return the clock comparisons of NAME_host.json."""
        return self._first(lambda: sections.seen(self._host(), "Clock", machine.clock), "clock")

    def store_names(self) -> Seen[str]:
        """Return the stores that any file speaks of."""

        def recorded() -> Seen[str]:
            recording = self._recording()
            assert recording is not None  # asked only where one speaks of the stores
            return Seen(values=recording.parts("certificate-stores"), source=recording.source)

        found = self._else(lambda: stores.names(self._folder, self._host_if_any()), recorded)
        return found if isinstance(found, Seen) else Seen(values=found, source="evidence")

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Return the certificates of one store, from exported files and NAME_host.json."""

        def recorded() -> Seen[StoredCertificate]:
            seen = self._recorded("certificate-stores", store, None)
            kept = [one for one in seen.values if one.HasField("store_certificate")]
            values = [self._stored(one.store_certificate) for one in kept]
            return Seen(values=tuple(values), source=seen.source, lines=tuple(one.source for one in kept))

        found = self._else(lambda: stores.certificates(self._folder, self._host_if_any(), store), recorded)
        return cast("Seen[StoredCertificate]", found)

    def _stored(self, message: facts_pb2.StoreCertificate) -> StoredCertificate:
        return StoredCertificate(der=self.blob(message.certificate.blob_sha256), message=message)

    def store_crls(self, store: str) -> Seen[StoredCrl]:
        """Return the CRLs of one store, from exported files and NAME_host.json."""

        def recorded() -> Seen[StoredCrl]:
            seen = self._recorded("certificate-stores", store, None)
            kept = [one for one in seen.values if one.HasField("store_crl")]
            values = [StoredCrl(der=self.blob(o.store_crl.crl.blob_sha256), message=o.store_crl) for o in kept]
            return Seen(values=tuple(values), source=seen.source, lines=tuple(one.source for one in kept))

        found = self._else(lambda: stores.crls(self._folder, self._host_if_any(), store), recorded)
        return cast("Seen[StoredCrl]", found)

    def url_reservations(self) -> Seen[facts_pb2.UrlReservation]:
        """Return the reservations of NAME_49443.txt."""
        return self._first(
            lambda: netsh_urlacl.parse(self._folder.text(self._folder.find("49443.txt"))),
            "http-sys",
            "url-reservation",
        )

    def tls_bindings(self) -> Seen[facts_pb2.TlsBinding]:
        """Return the bindings of NAME_sslcert.txt; without it, those that the cmdlets show."""
        try:
            return self._first(
                lambda: netsh_sslcert.parse(self._folder.text(self._folder.find("sslcert.txt"))),
                "http-sys",
                "tls-binding",
            )
        except UnavailableError as missing:
            for what, section in (
                ("adfs.json", "Get-AdfsSslCertificate"),
                ("wap.json", "Get-WebApplicationProxySslCertificate"),
            ):
                document = self._document_if_any(what)
                if document is not None and section in document:
                    return sections.seen(document, section, adfs.ssl_binding)
            raise missing from None

    def ip_listen(self) -> Seen[facts_pb2.IpListen]:
        """Return the IP listen list of NAME_host.json."""
        return self._first(lambda: sections.seen(self._host(), "IpListen", machine.ip_listen), "http-sys", "ip-listen")

    def url_registrations(self) -> Seen[facts_pb2.UrlRegistration]:
        """Return the registered URLs of NAME_host.json."""
        return self._first(
            lambda: sections.seen(self._host(), "UrlRegistrations", machine.url_registration),
            "http-sys",
            "url-registration",
        )

    def listeners(self) -> Seen[facts_pb2.Listener]:
        """Return the listening sockets of NAME_host.json."""
        return self._first(lambda: sections.seen(self._host(), "Listeners", machine.listener), "listeners")

    def port_exclusions(self) -> Seen[facts_pb2.PortExclusion]:
        """Return the excluded port ranges of NAME_host.json."""
        return self._first(
            lambda: sections.seen(self._host(), "ExcludedPortRanges", machine.port_exclusion),
            "port-exclusions",
        )

    def services(self) -> Seen[facts_pb2.Service]:
        """Return the services of NAME_host.json."""
        return self._first(lambda: sections.seen(self._host(), "Services", machine.service), "services")

    def proxy_settings(self, account: Account) -> Seen[facts_pb2.ProxySetting]:
        """Return NAME_host.json's settings of the account and the machine's from NAME_winhttp.txt."""
        found: list[Seen[facts_pb2.ProxySetting]] = []
        missing: UnavailableError | None = None
        readers: tuple[Callable[[], Seen[facts_pb2.ProxySetting]], ...] = (
            lambda: accounts.proxies(self._host(), account),
            lambda: winhttp.parse(self._folder.text(self._folder.find("winhttp.txt"))),
        )
        for read in readers:
            try:
                found.append(read())
            except UnavailableError as error:
                missing = missing or error
        if not found:
            recorded = self._recorded_values("proxy-settings", None, account.context)
            if recorded is None:
                raise missing or UnavailableError("file-missing")
            return cast("Seen[facts_pb2.ProxySetting]", recorded)
        return Seen(
            values=tuple(value for one in found for value in one.values),
            lines=tuple(line for one in found for line in one.lines),
            source=found[0].source,
        )

    def schannel_settings(self) -> Seen[facts_pb2.SchannelSetting]:
        """Return the Schannel settings of NAME_host.json."""
        return self._first(lambda: machine.schannel(self._host()), "schannel")

    def url_cache(self, account: Account) -> Seen[facts_pb2.UrlCacheEntry]:
        """Return the account's URL cache as NAME_host.json has it."""
        return self._first(lambda: accounts.url_cache(self._host(), account), "url-cache", context=account.context)

    def chain_verdicts(self, account: Account) -> Seen[facts_pb2.ChainVerdict]:
        """Return what certutil said, as this account."""
        raise NotApplicableError("not-asked", f"no certutil -verify as {account.name} is here")

    def given_certificates(self) -> Seen[facts_pb2.GivenCertificate]:
        """Return the certificates that lie beside the evidence."""
        raise NotApplicableError("none-given", "no certificate was handed in")

    def adfs(self, part: str) -> Seen[Message]:
        """Return one part of NAME_adfs.json."""
        return self._first(lambda: adfs.part(self._document("adfs.json"), part, self._keep), "adfs", part)

    def wap(self, part: str) -> Seen[Message]:
        """Return one part of NAME_wap.json."""
        return self._first(lambda: wap.part(self._document("wap.json"), part, self._keep), "wap", part)

    def entra(self, part: str) -> Seen[Message]:
        """Return one part of entra.json; not applicable where no such file is."""
        name = next((name for name in self._folder.names() if name.lower() == "entra.json"), None)
        if name is None:
            seen = self._recorded_values("entra", part, None)
            if seen is None:
                raise NotApplicableError("no-tenant-file", f"no entra.json in {self._folder}")
            return seen
        self._blobs = {}
        return entra.part(self._load(name), part, self._keep)

    def events(self) -> Seen[facts_pb2.EventRecord]:
        """Return the event records of NAME_host.json."""
        return self._first(lambda: sections.seen(self._host(), "Events", machine.event), "events")

    def recorded(self, probe: str) -> Seen[facts_pb2.Fact]:
        """Return the facts that a collected file holds of a probe."""
        return self._recorded(probe, None, None)

    def accounts(self) -> Sequence[Account]:
        """Return the accounts behind the contexts that the evidence speaks of."""
        document = self._host_if_any()
        recording = self._recording() if document is None else None
        recorded = recording.accounts() if recording is not None else ()
        return recorded or accounts.accounts(document)

    def _keep(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        self._blobs[digest] = data
        return digest

    def _host(self) -> Located:
        return self._document("host.json")

    def _host_if_any(self) -> Located | None:
        return self._document_if_any("host.json")

    def _document(self, what: str) -> Located:
        return self._load(self._folder.find(what))

    def _document_if_any(self, what: str) -> Located | None:
        try:
            name = self._folder.find(what)
        except UnavailableError:
            return None
        return self._load(name)

    def _load(self, name: str) -> Located:
        try:
            state = self._folder.state(name)
        except OSError as error:
            raise UnavailableError("file-missing", str(error), source=f"evidence:{name}") from error
        held = self._documents.get(name)
        if held is None or held[0] != state:
            held = (state, load(self._folder.text(name)))
            self._documents[name] = held
        return held[1]

    def _recording(self) -> Recording | None:
        """Return the newest collected file of this server."""
        computer = self._folder.computer().lower()
        found = [Recording(self._load(name)) for name in self._folder.recorded()]
        mine = [one for one in found if not computer or one.server.partition(".")[0].lower() == computer]
        return max(mine, key=lambda one: one.collected_at, default=None)

    def _recorded(
        self, probe: str, part: str | None, context: facts_pb2.Context.ValueType | None
    ) -> Seen[facts_pb2.Fact]:
        recording = self._recording()
        if recording is None:
            raise UnavailableError("file-missing", f"no collected file in {self._folder}", source="evidence")
        self._blobs = recording.blobs()
        return recording.facts(probe, part, context)

    def _recorded_values(
        self, probe: str, part: str | None, context: facts_pb2.Context.ValueType | None
    ) -> Seen[Any] | None:
        """Return the values of recorded facts; None where no collected file speaks of the probe."""
        recording = self._recording()
        if recording is None or not recording.speaks_of(probe):
            return None
        seen = self._recorded(probe, part, context)
        values = tuple(getattr(one, str(one.WhichOneof("value"))) for one in seen.values)
        return Seen(values=values, source=seen.source, lines=seen.lines)

    def _first(
        self,
        read: Callable[[], Seen[T]],
        probe: str,
        part: str | None = None,
        context: facts_pb2.Context.ValueType | None = None,
    ) -> Seen[T]:
        """Return what a captured file says, else what a collected one does, else raise the first lack."""
        self._blobs = {}
        try:
            return read()
        except UnavailableError as missing:
            recorded = self._recorded_values(probe, part, context) if missing.reason in MISSING else None
            if recorded is None:
                raise
            return recorded

    def _else(self, read: Callable[[], T], recorded: Callable[[], T | Seen[Any]]) -> Any:  # noqa: ANN401
        self._blobs = {}
        try:
            return read()
        except UnavailableError as missing:
            recording = self._recording() if missing.reason in MISSING else None
            if recording is None or not recording.speaks_of("certificate-stores"):
                raise
            return recorded()
