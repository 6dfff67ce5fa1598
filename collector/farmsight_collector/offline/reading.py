"""Reads evidence by the agent's own readers: the only place where the collector stands on the agent."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from farmsight_agent import evidence, tenant
from farmsight_wire.v1 import telemetry_pb2


class EvidenceError(Exception):
    """What was given can't be read; the text says which, why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to read, and what is said of it."""

    paths: tuple[Path, ...]
    roles: Mapping[str, str]
    at: datetime | None = None
    tenant: tuple[Path, ...] = ()
    user_certificates: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Captured:
    """One server's evidence: its role with the reason for it, when it was taken, and its files."""

    name: str
    role: str
    role_reason: str
    taken: tuple[datetime, ...]  # oldest first
    time_source: (
        str  # what tells when the newest was: "content", the script's "stamp", a date in a "name", the "file" date
    )
    files: tuple[str, ...]

    @property
    def time_is_told(self) -> bool:
        """Tell whether the evidence says when it was taken, not only the files' dates."""
        return self.time_source != "file"


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A file, or lines of one, that said nothing here."""

    file: str
    line: int
    reason: str
    detail: str
    resembles: str


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What one server's evidence of one time came to."""

    server: str
    at: datetime
    reports: tuple[telemetry_pb2.ProbeReport, ...]
    blobs: Mapping[bytes, bytes]
    troubles: tuple[str, ...] = ()  # what could not be read, though something else answered


class Reading:
    """Evidence that was looked at once, and whose reports are made one server at a time."""

    def __init__(self, found: evidence.Evidence) -> None:
        """Take what was found."""
        self._found = found
        self.servers = tuple(_captured(one) for one in found.servers)
        self.leftovers = tuple(
            Leftover(file=o.file, line=o.line, reason=o.reason, detail=o.detail, resembles=o.resembles)
            for o in found.leftovers
        )
        self.notes = found.notes
        self.newest = found.newest
        self.oldest = min((at for one in self.servers for at in one.taken), default=None)

    def reports(self) -> Iterator[Reported]:
        """Yield the reports, server by server, each oldest first."""
        for server in self._found.servers:
            for go in server.rounds:
                made = self._found.reported(server, go)
                yield Reported(
                    server=made.server, at=made.at, reports=made.reports, blobs=made.blobs, troubles=made.troubles
                )


def read(
    request: Request, progress: Callable[[str], None] = lambda _name: None, now: datetime | None = None
) -> Reading:
    """Look at all files; raises EvidenceError. No file's own date counts as later than `now`."""
    try:
        found = evidence.open_evidence(
            request.paths,
            roles=request.roles,
            at=request.at,
            now=now,
            tenant=request.tenant,
            user_certificates=request.user_certificates,
            progress=progress,
        )
    except evidence.IntakeError as error:
        raise EvidenceError(str(error)) from error
    return Reading(found)


def key_in(data: bytes) -> str:
    """Return what kind of private key a file holds, in words; empty where it holds none."""
    return evidence.key_in(data)


def certificates_in(name: str, data: bytes) -> list[bytes]:
    """Return the certificates of a file, each as DER; raises EvidenceError for what holds none that can be read."""
    try:
        return evidence.certificates_in(name, data)
    except evidence.NotObservedError as error:
        raise EvidenceError(error.detail) from None


def command_for(probe: str, part: str, server: str) -> tuple[str, str]:
    """Return the command that answers for a part of a probe, and the line to type on the server."""
    shown = part.lower() if probe == "certificate-stores" else part
    what = evidence.wanted(probe, part)
    return what.shown(shown), what.run(server, shown)


def tenant_reports(
    document: str, *, at: datetime, took_s: float, cadence_s: int, source: str
) -> tuple[list[telemetry_pb2.ProbeReport], Mapping[bytes, bytes]]:
    """Return the reports, one a part, and the blobs that the tenant's answers come to; `document` is an entra.json."""
    return tenant.reported(document, at=at, took_s=took_s, cadence_s=cadence_s, source=source)


def _captured(one: evidence.ServerEvidence) -> Captured:
    return Captured(
        name=one.name,
        role=one.role.role,
        role_reason=one.role.reason,
        taken=tuple(dict.fromkeys(go.when for go in one.taken if go.when is not None)),
        time_source=one.taken[-1].dated,
        files=one.files,
    )


__all__ = [
    "Captured",
    "EvidenceError",
    "Leftover",
    "Reading",
    "Reported",
    "Request",
    "certificates_in",
    "command_for",
    "key_in",
    "read",
]
