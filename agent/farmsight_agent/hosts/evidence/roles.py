"""Which role a server plays, told from what was captured of it, with the reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.contexts import account_of
from farmsight_agent.hosts.evidence.documents.shapes import rows, text
from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.sddl import service_sid
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import ROLES

ADFS_APPLICATION: Final = "5d89a20c-beab-4389-9447-324788eb944a"
WAP_APPLICATION: Final = "f955c070-e044-456c-ac00-e9e4275b3f04"
WAP_SIDS: Final = frozenset({service_sid("appproxysvc"), service_sid("appproxyctrl")})
_ADFS_NAME: Final = re.compile(r"(?:^|[^A-Z])(?:ADFS|AD-FS|STS|FS)\d*(?:$|[^A-Z])|ADFS")
_WAP_NAME: Final = re.compile(r"(?:^|[^A-Z])(?:WAP|ADFSP|PROXY|PRX|RPX)\d*(?:$|[^A-Z])|WAP|PROXY")


@dataclass(frozen=True, kw_only=True)
class RoleGuess:
    """A role, why it was taken, and whether that proves it; role "" where nothing tells."""

    role: str
    reason: str
    proven: bool


def role_of(shelf: Shelf, host: EvidenceHost) -> RoleGuess:
    """Return the role that the evidence tells, the strongest first; contradicting proof tells none."""
    votes = list(_proofs(shelf, host))
    told = sorted({role for role, _ in votes})
    if len(told) == 1:
        return RoleGuess(role=told[0], reason=votes[0][1], proven=True)
    if told:
        reasons = "; ".join(f"{role}: {reason}" for role, reason in votes[:4])
        return RoleGuess(role="", reason=f"the evidence contradicts itself ({reasons})", proven=False)
    return _by_account(shelf) or _by_name(shelf.server)


def _proofs(shelf: Shelf, host: EvidenceHost) -> Iterator[tuple[str, str]]:
    yield from _recorded(shelf)
    document = shelf.document()
    services = {text(row.get("Name")).lower() for row in rows(document.get("Services"))}
    if "appproxysvc" in services:
        yield "wap", "the service appproxysvc is installed"
    elif "adfssrv" in services:
        yield "adfs", "the service adfssrv is installed, and appproxysvc is not"
    for prefix, role in (("Get-Adfs", "adfs"), ("Get-WebApplicationProxy", "wap")):
        answered = next((name for name in document.files if name.startswith(prefix) and document[name]), None)
        if answered and answered != "Get-AdfsSslCertificate":
            yield role, f"{answered} answered here"
    if rows_of(document.get("ProxyTrustCertificates")):
        yield "wap", "it holds a proxy trust certificate"
    yield from _bindings(host)
    yield from _reservations(host)
    if any(one.form in {"powershell-text", "powershell-rules"} and _is_adfs(one.file) for one in shelf.captures):
        yield "adfs", "the article's AD FS commands were run here"


def rows_of(value: object) -> list[object]:
    """Return the objects of a section, none where it is missing."""
    return list(rows(value))


def _recorded(shelf: Shelf) -> Iterator[tuple[str, str]]:
    for recording in shelf.recordings()[-1:]:
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
    try:
        reservations = host.url_reservations().values
    except NotObservedError:
        return
    for one in reservations:
        if re.fullmatch(r"http://\+:80/adfs/services/?", one.url, re.IGNORECASE):
            yield "adfs", f"{one.url} is reserved, where nodes synchronise"
            return
        if any(trustee.sid in WAP_SIDS for trustee in one.trustees):
            yield "wap", f"{one.url} is reserved for Web Application Proxy"
            return


def _by_account(shelf: Shelf) -> RoleGuess | None:
    """Return what the accounts in file names speak for: proxies run as NETWORK SERVICE, nodes mostly as a gMSA."""
    contexts = {account_of(one.account, shelf.server, ()).context for one in shelf.captures if one.account}
    speaks = {
        facts_pb2.CONTEXT_NETWORK_SERVICE: ("wap", "files were captured as NETWORK SERVICE, as whom proxies run"),
        facts_pb2.CONTEXT_ADFS_SERVICE: ("adfs", "files were captured as a managed service account, as AD FS has one"),
    }
    told = [speaks[context] for context in contexts if context in speaks]
    if len(told) != 1:
        return None
    return RoleGuess(role=told[0][0], reason=told[0][1], proven=False)


def _is_adfs(file: str) -> bool:
    return bool(re.search(r"_(?:authprovider|claimstrust|rptrust)\.txt$", file, re.IGNORECASE))


def _by_name(server: str) -> RoleGuess:
    hints = {role for role, pattern in (("wap", _WAP_NAME), ("adfs", _ADFS_NAME)) if pattern.search(server)}
    if len(hints) == 1:
        role = hints.pop()
        return RoleGuess(role=role, reason=f"by its name alone; --role {server}={role} makes sure", proven=False)
    return RoleGuess(role="", reason=f"nothing tells; say --role {server}=adfs or {server}=wap", proven=False)
