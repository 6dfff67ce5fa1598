"""Evidence as a whole: folders and archives in, for each server its role and its reports out.

This is what an analysis without agents stands on. Reports are those that an
agent would have sent, by the same probes over the same host, dated when the
evidence was taken.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from farmsight_agent import reporting
from farmsight_agent.collect import Blobs
from farmsight_agent.config import Config
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.evidence.capture import CERTIFICATES
from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.evidence.intake.files import EvidenceFile, IntakeError
from farmsight_agent.hosts.evidence.intake.private_keys import KINDS, private_key
from farmsight_agent.hosts.evidence.names import computer_name
from farmsight_agent.hosts.evidence.rounds import Round
from farmsight_agent.hosts.evidence.servers import ServerEvidence, servers_of
from farmsight_agent.hosts.evidence.stores import exported
from farmsight_agent.hosts.evidence.survey import Leftover, Progress, Survey, survey
from farmsight_agent.hosts.evidence.wanted import wanted
from farmsight_agent.outcome import FailedError, NotApplicableError, NotObservedError, UnavailableError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.probes import PROBES
from farmsight_wire.v1 import telemetry_pb2

__all__ = [
    "Evidence",
    "IntakeError",
    "Leftover",
    "NotObservedError",
    "Reported",
    "ServerEvidence",
    "certificates_in",
    "key_in",
    "open_evidence",
    "wanted",
]

_LOG: Final = logging.getLogger(__name__)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_FROM_FILES: Final = frozenset({"agent"})
_BLOB_LIMIT: Final = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What one round of one server came to; `troubles` say what could not be read though something else answered."""

    server: str
    at: datetime
    reports: tuple[telemetry_pb2.ProbeReport, ...]
    blobs: Mapping[bytes, bytes]  # by SHA-256, only those that the reports refer to
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that was found."""

    servers: tuple[ServerEvidence, ...]
    leftovers: tuple[Leftover, ...]
    notes: tuple[str, ...]  # for people: what was assumed, and why
    _files: Mapping[str, EvidenceFile]

    @property
    def newest(self) -> datetime | None:
        """Return when the newest of it was taken."""
        times = [go.when for server in self.servers for go in server.rounds if go.when is not None]
        return max(times, default=None)

    def reported(self, server: ServerEvidence, go: Round) -> Reported:
        """Run every probe over one round of one server."""
        at = go.when or _EPOCH
        blobs = Blobs(_BLOB_LIMIT)
        clock = _At(at)
        shelf = server.shelf(go, self._files)
        tools = Tools(
            host=EvidenceHost(shelf),
            config=Config(role=server.role.role, server_name=server.name, host="evidence"),
            clock=clock,
            contexts=ContextRunner(blobs, blob_limit=_BLOB_LIMIT, clock=clock),
            blobs=blobs,
        )
        reports = [report for probe in PROBES if probe.id not in _NOT_FROM_FILES for report in _reports(probe, tools)]
        named = {digest for report in reports for digest in reporting.blobs_of(report)}
        return Reported(
            server=server.name,
            at=at,
            reports=tuple(reports),
            blobs={digest: data for digest, data in blobs.held.items() if digest in named},
            troubles=_unsaid(shelf.troubles, reports),
        )


class _At:
    """A clock that stands at the time of the evidence."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return that time."""
        return self._at

    def monotonic(self) -> float:
        """Return 0.0: nothing takes time here."""
        return 0.0


def open_evidence(
    paths: Sequence[Path],
    *,
    roles: Mapping[str, str] | None = None,
    at: datetime | None = None,
    now: datetime | None = None,
    tenant: Sequence[Path] = (),
    user_certificates: Sequence[Path] = (),
    progress: Progress = lambda _name: None,
) -> Evidence:
    """Look at every file once, and say whose it is. Raises IntakeError for a path that is not there.

    `roles` are given by server name; `at` dates evidence that does not date
    itself, else the newest that does, else no file is later than `now`;
    `tenant` and `user_certificates` are files that belong to no server.
    """
    whole = survey(paths, progress=progress)
    seen = _joined([whole, *_handed_in(tenant, user_certificates, whole.files, progress)])
    given = {computer_name(name) or name.upper(): role for name, role in (roles or {}).items()}
    own = max((one.when for one in seen.captures if one.dates_itself and one.when is not None), default=None)
    servers, notes = servers_of(seen.captures, seen.files, given=given, latest=at or own or now)
    unheard = sorted(given.keys() - {one.name for one in servers})
    notes += [f"--role {name}: no evidence here speaks of a server of that name" for name in unheard]
    return Evidence(
        servers=tuple(servers),
        leftovers=seen.leftovers,
        notes=tuple(dict.fromkeys((*seen.notes, *notes))),
        _files=seen.files,
    )


def key_in(data: bytes) -> str:
    """Return what kind of private key a file holds, in words; empty where it holds none."""
    found = private_key(data)
    return "" if found is None else KINDS[found.kind]


def certificates_in(name: str, data: bytes) -> list[bytes]:
    """Return the certificates of a file, DER, PEM, PKCS #7 or a serialised store, each as DER.

    Raises NotObservedError for what is none of these, and for a private key.
    """
    return [one.data for one in exported.read(name, data) if not one.is_crl]


def _handed_in(
    tenant: Sequence[Path], certificates: Sequence[Path], taken: Collection[str], progress: Progress
) -> Iterable[Survey]:
    for path in tenant:
        seen = survey([path], progress=progress)
        if not any(one.trouble is None and not one.server and one.form != CERTIFICATES for one in seen.captures):
            raise IntakeError(
                path, _why(seen, "nothing of the tenant's is in it"), "See docs/evidence.md for entra.json."
            )
        yield _everybodys(seen, taken)
    for path in certificates:
        seen = survey([path], progress=progress)
        if not any(one.trouble is None and one.form == CERTIFICATES for one in seen.captures):
            raise IntakeError(path, _why(seen, "no certificate is in it"), "Export the certificate without its key.")
        yield _everybodys(seen, taken, about="")


def _why(seen: Survey, otherwise: str) -> str:
    return next((one.detail for one in seen.leftovers if one.reason != "not-understood" and one.detail), otherwise)


def _everybodys(seen: Survey, taken: Collection[str], about: str | None = None) -> Survey:
    """Return what was handed in as nobody's, under names that no other file has."""
    names = {name: name if name not in taken else f"given:{name}" for name in seen.files}
    captures = [
        replace(one, server="", file=names[one.file], about=one.about if about is None else about)
        for one in seen.captures
    ]
    files = {names[name]: replace(file, name=names[name]) for name, file in seen.files.items()}
    return replace(seen, files=files, captures=tuple(captures))


def _joined(surveys: Sequence[Survey]) -> Survey:
    return Survey(
        files={name: file for one in reversed(surveys) for name, file in one.files.items()},
        captures=tuple(dict.fromkeys(capture for one in surveys for capture in one.captures)),
        leftovers=tuple(dict.fromkeys(left for one in surveys for left in one.leftovers)),
        notes=tuple(note for one in surveys for note in one.notes),
    )


def _reports(probe: Probe, tools: Tools) -> list[telemetry_pb2.ProbeReport]:
    started = tools.clock.now()
    parts = _parts(probe, tools)
    try:
        return [reporting.full_report(probe, part, started=started, took_s=0, cadence_s=0) for part in parts]
    except ValueError as error:  # two facts of one name in one part
        failed = FailedError("not-reportable", str(error))
        parts = [part_not_observed(failed, part=part) for part in probe.parts]
        return [reporting.full_report(probe, part, started=started, took_s=0, cadence_s=0) for part in parts]


def _parts(probe: Probe, tools: Tools) -> list[Part]:
    role = tools.config.role
    if role not in probe.roles:
        error: NotObservedError = NotApplicableError("other-role", f"not on a {role}")
        if not role:
            error = UnavailableError("role-unknown", f"say --role {tools.config.server_name}=adfs or =wap")
        return [part_not_observed(error, part=part) for part in probe.parts]
    try:
        return probe.run(tools)
    except NotObservedError as failed:
        return [part_not_observed(failed, part=part) for part in probe.parts]
    except Exception as bug:  # one reader's fault must not silence the others
        _LOG.exception("probe %s failed over %s", probe.id, tools.config.server_name)
        error = FailedError("probe-failed", f"{type(bug).__name__}: {bug}")
        return [part_not_observed(error, part=part) for part in probe.parts]


def _unsaid(troubles: Iterable[NotObservedError], reports: Iterable[telemetry_pb2.ProbeReport]) -> tuple[str, ...]:
    """Return what is wrong with files, where no report says it."""
    said = {report.detail for report in reports}
    told = (f"{one.reason}: {one.detail or one.source}" for one in troubles if one.detail not in said)
    return tuple(dict.fromkeys(told))
