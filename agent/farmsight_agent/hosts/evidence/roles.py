"""Which role a server plays, told from what was captured of it, with the reason."""

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.contexts import account_of
from farmsight_agent.hosts.evidence.documents import kinds, toolbox
from farmsight_agent.hosts.evidence.documents.located import load_any
from farmsight_agent.hosts.evidence.documents.shapes import rows, text
from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.evidence.shelf import Shelf, in_turn
from farmsight_agent.hosts.sddl import service_sid
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import ROLES

_LOG: Final = logging.getLogger(__name__)
ADFS_APPLICATION: Final = "5d89a20c-beab-4389-9447-324788eb944a"
WAP_APPLICATION: Final = "f955c070-e044-456c-ac00-e9e4275b3f04"
WAP_SIDS: Final = frozenset({service_sid("appproxysvc"), service_sid("appproxyctrl")})
_BY_POWERSHELL: Final = frozenset({"powershell-text", "powershell-rules"})
_OF_ADFS: Final = re.compile(r"(?:authprovider|claimstrust|rptrust)[^/]*$", re.IGNORECASE)
_ADFS_NAME: Final = re.compile(r"(?:^|[^A-Z])(?:ADFS|AD-FS|STS|FS)\d*(?:$|[^A-Z])|ADFS")
_WAP_NAME: Final = re.compile(r"(?:^|[^A-Z])(?:WAP|ADFSP|PROXY|PRX|RPX)\d*(?:$|[^A-Z])|WAP|PROXY")


@dataclass(frozen=True, kw_only=True)
class RoleGuess:
    """A role, why it was taken, and whether that proves it; role "" where nothing tells."""

    role: str
    reason: str
    proven: bool


def role_of(shelves: Sequence[Shelf]) -> RoleGuess:
    """Return the role that a server's evidence tells, oldest first given; contradicting proof tells none."""
    votes = [vote for shelf in in_turn(shelves[::-1]) for vote in _votes(shelf)]
    told = sorted({role for role, _ in votes})
    if len(told) == 1:
        return RoleGuess(role=told[0], reason=votes[0][1], proven=True)
    if told:
        reasons = "; ".join(f"{role}: {next(why for one, why in votes if one == role)}" for role in told)
        reason = f"the evidence contradicts itself ({reasons}); say {_given(shelves[-1].server)}"
        return RoleGuess(role="", reason=reason, proven=False)
    named = _by_name(shelves[-1].server)
    spoken = _by_account(shelves) or _by_commands(shelves) or (named if named.role == "wap" else None)
    return spoken or _by_synchronisation(shelves) or named


def _votes(shelf: Shelf) -> list[tuple[str, str]]:
    votes: list[tuple[str, str]] = []
    try:
        votes.extend(_proofs(shelf, EvidenceHost(shelf)))
    except Exception:  # one reader's fault must not silence the others; its probe says it
        _LOG.exception("what proves the role of %s could not all be read", shelf.server)
    return votes


def _given(server: str) -> str:
    return f"--role {server}=adfs or --role {server}=wap"


def _proofs(shelf: Shelf, host: EvidenceHost) -> Iterator[tuple[str, str]]:
    yield from _recorded(shelf)
    document = shelf.document()
    yield from _services({text(row.get("Name")).lower() for row in rows(document.get("Services"))})
    for prefix, role in (("Get-Adfs", "adfs"), ("Get-WebApplicationProxy", "wap")):
        answered = next((name for name in document.files if name.startswith(prefix) and document[name]), None)
        if answered and answered != "Get-AdfsSslCertificate":
            yield role, f"{answered} answered here"
    if list(rows(document.get("ProxyTrustCertificates"))):
        yield "wap", "it holds a proxy trust certificate"
    yield from _toolbox(shelf)
    yield from _bindings(host)
    yield from _reservations(host)


def _services(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what services prove; that one is missing only where the listing has others than those of AD FS."""
    if "appproxysvc" in names:
        yield "wap", "the service appproxysvc is installed"
    elif "adfssrv" in names and set(names) - {"adfssrv", "drs"}:
        yield "adfs", "the service adfssrv is installed, and appproxysvc is not"


def _toolbox(shelf: Shelf) -> Iterator[tuple[str, str]]:
    for capture in shelf.of(kinds.TOOLBOX):
        try:
            role = toolbox.role(load_any(shelf.text(capture)))
        except NotObservedError:
            continue
        if role:
            yield role, f"{capture.file} holds what adfsToolbox tests on such a server"


def _recorded(shelf: Shelf) -> Iterator[tuple[str, str]]:
    try:
        recordings = shelf.recordings()[-1:]
    except NotObservedError:
        return  # said of what it would have held
    for recording in recordings:
        if recording.role in ROLES:
            yield recording.role, "the collected file says so"


def _bindings(host: EvidenceHost) -> Iterator[tuple[str, str]]:
    try:
        bindings = host.tls_bindings().values
    except NotObservedError:
        return
    for one in bindings:
        application = one.application_id.lower()
        if WAP_APPLICATION in application:
            yield "wap", f"{one.host}:{one.port} is bound by Web Application Proxy"
            return
        if ADFS_APPLICATION in application and one.host.lower() == "localhost":
            yield "adfs", f"AD FS binds localhost:{one.port}, which proxies do not"
            return


def _reservations(host: EvidenceHost) -> Iterator[tuple[str, str]]:
    for one in _reserved(host):
        if any(trustee.sid in WAP_SIDS for trustee in one.trustees):
            yield "wap", f"{one.url} is reserved for Web Application Proxy"
            return


def _reserved(host: EvidenceHost) -> Sequence[facts_pb2.UrlReservation]:
    try:
        return host.url_reservations().values
    except NotObservedError:
        return ()


def _by_synchronisation(shelves: Sequence[Shelf]) -> RoleGuess | None:
    """Return what the reservation of the nodes' own traffic speaks for: one may be left or made on a proxy as well."""
    for shelf in in_turn(shelves):
        for one in _reserved(EvidenceHost(shelf)):
            if re.fullmatch(r"http://\+:80/adfs/services/?", one.url, re.IGNORECASE):
                reason = f"{one.url} is reserved, where nodes synchronise"
                return RoleGuess(role="adfs", reason=reason, proven=False)
    return None


def _by_account(shelves: Iterable[Shelf]) -> RoleGuess | None:
    """Return what the accounts in file names speak for: proxies run as NETWORK SERVICE, nodes mostly as a gMSA."""
    contexts = {
        account_of(one.account, shelf.server, shelf.named).context
        for shelf in shelves
        for one in shelf.captures
        if one.account
    }
    speaks = {
        facts_pb2.CONTEXT_NETWORK_SERVICE: ("wap", "files were captured as NETWORK SERVICE, as whom proxies run"),
        facts_pb2.CONTEXT_ADFS_SERVICE: ("adfs", "files were captured as a managed service account, as AD FS has one"),
    }
    told = [speaks[context] for context in contexts if context in speaks]
    if len(told) != 1:
        return None
    return RoleGuess(role=told[0][0], reason=told[0][1], proven=False)


def _by_commands(shelves: Sequence[Shelf]) -> RoleGuess | None:
    """Return what files of the article's AD FS commands speak for, unless they say that there is no such command."""
    for shelf in in_turn(shelves):
        errors = shelf.document().get("Errors")
        refused = {_reason(one) for one in errors.values()} if isinstance(errors, dict) else set()
        named = any(one.form in _BY_POWERSHELL and _OF_ADFS.search(one.file) for one in shelf.captures)
        if named and "no-such-command" not in refused:
            return RoleGuess(role="adfs", reason="the article's AD FS commands were captured here", proven=False)
    return None


def _reason(entry: object) -> str:
    return text(entry.get("Reason")) if isinstance(entry, dict) else ""


def _by_name(server: str) -> RoleGuess:
    hints = {role for role, pattern in (("wap", _WAP_NAME), ("adfs", _ADFS_NAME)) if pattern.search(server)}
    if hints:
        role = "wap" if "wap" in hints else "adfs"  # ADFSPROXY01 is a proxy of AD FS
        return RoleGuess(role=role, reason=f"by its name alone; --role {server}={role} makes sure", proven=False)
    return RoleGuess(role="", reason=f"nothing tells; say {_given(server)}", proven=False)
