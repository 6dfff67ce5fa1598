"""Evidence as a whole: folders and archives in, for each server its role and its reports out.

This is what an analysis without agents stands on. Reports are those that an
agent would have sent, by the same probes over the same host, dated when the
evidence was taken.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from farmsight_agent import reporting
from farmsight_agent.collect import Blobs
from farmsight_agent.config import Config
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.evidence.capture import Capture
from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.evidence.intake.files import EvidenceFile, IntakeError
from farmsight_agent.hosts.evidence.names import computer_name
from farmsight_agent.hosts.evidence.roles import RoleGuess, role_of
from farmsight_agent.hosts.evidence.rounds import Round, rounds, with_more
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.evidence.survey import Leftover, Progress, Survey, survey
from farmsight_agent.hosts.evidence.wanted import wanted
from farmsight_agent.outcome import FailedError, NotApplicableError, NotObservedError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.probes import PROBES
from farmsight_wire.v1 import telemetry_pb2

__all__ = ["Evidence", "IntakeError", "Leftover", "Reported", "ServerEvidence", "open_evidence", "wanted"]

TENANT: Final = "TENANT"  # the server that stands for the tenant's files where no server is
_LOG: Final = logging.getLogger(__name__)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_FROM_FILES: Final = frozenset({"agent"})
_BLOB_LIMIT: Final = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ServerEvidence:
    """One server: its role with the reason for it, and what was captured, oldest first."""

    name: str
    role: RoleGuess
    rounds: tuple[Round, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of the files that speak of it."""
        return tuple(sorted({one.file for go in self.rounds for one in go.captures}))


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What one round of one server came to."""

    server: str
    at: datetime
    reports: tuple[telemetry_pb2.ProbeReport, ...]
    blobs: Mapping[bytes, bytes]  # by SHA-256, only those that the reports refer to


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
        shelf = Shelf(server.name, go.captures, self._files, where=server.name)
        at = go.when or _EPOCH
        blobs = Blobs(_BLOB_LIMIT)
        clock = _At(at)
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
    tenant: Sequence[Path] = (),
    user_certificates: Sequence[Path] = (),
    progress: Progress = lambda _name: None,
) -> Evidence:
    """Look at every file once, and say whose it is. Raises IntakeError for a path that is not there.

    `roles` are given by server name; `at` dates evidence that does not date
    itself; `tenant` and `user_certificates` are files that belong to no server.
    """
    seen = _joined([survey(paths, progress=progress), *_handed_in(tenant, user_certificates, progress)])
    by_server: dict[str, list[Capture]] = defaultdict(list)
    everybodys: list[Capture] = []
    for one in seen.captures:
        (by_server[one.server] if one.server else everybodys).append(one)
    given = {computer_name(name): role for name, role in (roles or {}).items()}
    found = [_server(name, by_server[name], seen.files, given, at) for name in sorted(by_server)]
    notes = _notes(found)
    if everybodys:
        found = _with_everybodys(found, everybodys, at)
        notes += [f"{one.file}: the farm's, reported with {_voice(found).name}" for one in everybodys]
    return Evidence(
        servers=tuple(found), leftovers=seen.leftovers, notes=tuple(dict.fromkeys(notes)), _files=seen.files
    )


def _handed_in(tenant: Sequence[Path], certificates: Sequence[Path], progress: Progress) -> Iterable[Survey]:
    for path in (*tenant, *certificates):
        seen = survey([path], progress=progress)
        yield replace(seen, captures=tuple(replace(one, server="") for one in seen.captures))


def _joined(surveys: Sequence[Survey]) -> Survey:
    return Survey(
        files={name: file for one in reversed(surveys) for name, file in one.files.items()},
        captures=tuple(dict.fromkeys(capture for one in surveys for capture in one.captures)),
        leftovers=tuple(dict.fromkeys(left for one in surveys for left in one.leftovers)),
    )


def _server(
    name: str,
    captures: Iterable[Capture],
    files: Mapping[str, EvidenceFile],
    given: Mapping[str, str],
    at: datetime | None,
) -> ServerEvidence:
    goes = rounds(name, captures, at)
    if name in given:
        guess = RoleGuess(role=given[name], reason="given by --role", proven=True)
    else:
        shelf = Shelf(name, goes[-1].captures, files, where=name)
        guess = role_of(shelf, EvidenceHost(shelf))
    return ServerEvidence(name=name, role=guess, rounds=tuple(goes))


def _notes(servers: Iterable[ServerEvidence]) -> list[str]:
    return [f"{one.name}: role {one.role.role or 'not known'}, {one.role.reason}" for one in servers]


def _voice(servers: Sequence[ServerEvidence]) -> ServerEvidence:
    """Return the server whose reports carry what belongs to none: an AD FS node where there is one."""
    return next((one for one in servers if one.role.role == "adfs"), servers[0])


def _with_everybodys(
    servers: Sequence[ServerEvidence], captures: Sequence[Capture], at: datetime | None
) -> list[ServerEvidence]:
    if not servers:
        guess = RoleGuess(role="vantage", reason="it stands for files that are no server's", proven=True)
        return [ServerEvidence(name=TENANT, role=guess, rounds=tuple(rounds(TENANT, captures, at)))]
    voice = _voice(servers)
    last = with_more(voice.rounds[-1], captures)
    return [replace(one, rounds=(*one.rounds[:-1], last)) if one is voice else one for one in servers]


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
    if tools.config.role not in probe.roles:
        error: NotObservedError = NotApplicableError("other-role", f"not on a {tools.config.role or 'server'}")
        return [part_not_observed(error, part=part) for part in probe.parts]
    try:
        return list(probe.collect(tools))
    except NotObservedError as failed:
        return [part_not_observed(failed, part=part) for part in probe.parts]
    except Exception as bug:  # one reader's fault must not silence the others
        _LOG.exception("probe %s failed over %s", probe.id, tools.config.server_name)
        error = FailedError("probe-failed", f"{type(bug).__name__}: {bug}")
        return [part_not_observed(error, part=part) for part in probe.parts]
