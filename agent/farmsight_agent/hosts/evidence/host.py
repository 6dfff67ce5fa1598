"""A server as captured files show it."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence import contexts, verified
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.certutil import urlcache
from farmsight_agent.hosts.evidence.documents import accounts, adfs, entra, machine, sections, wap
from farmsight_agent.hosts.evidence.documents.located import Merged
from farmsight_agent.hosts.evidence.documents.recorded import Recording
from farmsight_agent.hosts.evidence.folder import Folder
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
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.evidence.stores import reading as stores
from farmsight_agent.hosts.evidence.wanted import missing
from farmsight_agent.hosts.host import Account, Seen, StoredCertificate, StoredCrl
from farmsight_agent.outcome import NotApplicableError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

T = TypeVar("T")
Read = Callable[[], Seen[T]]
MISSING: Final = frozenset({"file-missing", "not-collected"})


class EvidenceHost:
    """Answers every question from captured files, or says which command would have answered.

    What a command printed answers first, the script's JSON next, what an
    earlier run recorded last. A file that is there and can't be read leaves
    its question failed, unless another source answers it.
    """

    def __init__(self, evidence: Shelf | Path, server_name: str | None = None) -> None:
        """Take what was captured of one server; or a folder, which is looked at anew when it changes."""
        self._shelf: Callable[[], Shelf]
        if isinstance(evidence, Path):
            self._shelf = Folder(evidence, server_name).shelf
        else:
            self._shelf = lambda: evidence
        self._blobs: dict[bytes, bytes] = {}

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

    def _of_store(self, read: Read[T], recorded: Read[T]) -> Seen[T]:
        self._blobs = {}
        try:
            return read()
        except UnavailableError as lacking:
            recording = self._recording() if lacking.reason in MISSING else None
            if recording is None or not recording.speaks_of("certificate-stores"):
                raise
            return recorded()

    def _recorded_of_store(self, store: str, field: str, wrap: Callable[[Any], T]) -> Seen[T]:
        seen = self._recorded_facts("certificate-stores", store, None)
        kept = [one for one in seen.values if one.HasField(cast("Any", field))]
        return Seen(
            values=tuple(wrap(getattr(one, field)) for one in kept),
            source=seen.source,
            lines=tuple(one.source for one in kept),
        )

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
        found, troubles = _tried(readers)
        if found:
            self._shelf().answered_beside(troubles)
            return _together(found)
        recorded = self._recorded_values("proxy-settings", None, account.context)
        if recorded is not None:
            return recorded
        raise _worst(troubles) or self._lack(troubles, "proxy-settings", "")

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
        found, troubles = _tried(readers)
        if not found:
            raise troubles[0]
        return _together(found)

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

    def events(self) -> Seen[facts_pb2.EventRecord]:
        """Return the event records."""
        return self._first("events", "", self._section("Events", machine.event))

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

    def _named(self) -> Sequence[Account]:
        return contexts.together(accounts.accounts(self._document()), self._shelf().named)

    def _document(self) -> Merged:
        return self._shelf().document()

    def _keep(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        self._blobs[digest] = data
        return digest

    def _text(self, form: str, parse: Callable[[Text], Seen[T]]) -> Read[T]:
        """Return a reader of the newest output of a form."""

        def read() -> Seen[T]:
            text = self._shelf().only(form)
            if text is None:
                raise UnavailableError("file-missing")
            return parse(text)

        return read

    def _section(self, name: str, read: Callable[[Any], T | None]) -> Read[T]:
        return lambda: sections.seen(self._document(), name, read)

    def _first(
        self,
        probe: str,
        part: str,
        *readers: Read[T],
        context: facts_pb2.Context.ValueType | None = None,
    ) -> Seen[T]:
        """Return what the first source says that can be read, else what was recorded, else raise what is wrong."""
        self._blobs = {}
        troubles: list[NotObservedError] = []
        for read in readers:
            try:
                found = read()
            except NotObservedError as error:
                troubles.append(error)
                continue
            self._shelf().answered_beside(troubles)
            return found
        recorded = self._recorded_values(probe, part or None, context)
        trouble = _worst(troubles)
        if recorded is not None and (trouble is None or trouble.reason in MISSING):
            return recorded
        if trouble is not None:
            raise trouble
        raise self._lack(troubles, probe, part)

    def _lack(self, troubles: Sequence[NotObservedError], probe: str, part: str) -> UnavailableError:
        """Return the error that says what is missing; where a document is there without it, that it says so."""
        lacking = missing(probe, part, self._shelf().server)
        partial = next((one for one in troubles if one.reason == "not-collected"), None)
        recording = self._recording()
        if partial is not None:
            return UnavailableError(partial.reason, f"{partial.detail}: {lacking.detail}", source=partial.source)
        if recording is not None:
            detail = f"no run of {probe} in {recording.source}: {lacking.detail}"
            return UnavailableError("not-collected", detail, source=recording.source)
        return lacking

    def _recording(self) -> Recording | None:
        """Return the newest collected file of this server."""
        found = self._shelf().recordings()
        return found[-1] if found else None

    def _recorded_facts(
        self, probe: str, part: str | None, context: facts_pb2.Context.ValueType | None
    ) -> Seen[facts_pb2.Fact]:
        recording = self._recording()
        assert recording is not None  # asked only where one speaks of the probe
        self._blobs = recording.blobs()
        return recording.facts(probe, part, context)

    def _recorded_values(
        self, probe: str, part: str | None, context: facts_pb2.Context.ValueType | None
    ) -> Seen[Any] | None:
        """Return the values of recorded facts; None where no collected file speaks of the probe."""
        recording = self._recording()
        if recording is None or not recording.speaks_of(probe):
            return None
        seen = self._recorded_facts(probe, part, context)
        values = tuple(getattr(one, str(one.WhichOneof("value"))) for one in seen.values)
        return Seen(values=values, source=seen.source, lines=seen.lines)


def _tried(readers: Sequence[Read[T]]) -> tuple[list[Seen[T]], list[NotObservedError]]:
    found: list[Seen[T]] = []
    troubles: list[NotObservedError] = []
    for read in readers:
        try:
            found.append(read())
        except NotObservedError as error:
            troubles.append(error)
    return found, troubles


def _together(found: Sequence[Seen[T]]) -> Seen[T]:
    return Seen(
        values=tuple(value for one in found for value in one.values),
        lines=tuple(line for one in found for line in one.lines),
        source=found[0].source,
    )


def _worst(troubles: Sequence[NotObservedError]) -> NotObservedError | None:
    """Return the first trouble with something that is there; None where all merely is missing."""
    return next((one for one in troubles if one.reason not in MISSING), None)
