"""Findings as cards: causes, each with the symptoms that it explains folded by their code."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from farmsight_collector.cli.findings_output import SEVERITIES, instant
from farmsight_collector.shown.texts import Exact, place
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

WORDS: Final = ("critical", "error", "warning", "info")  # worst first
AT_ONCE: Final = 6  # rows of evidence that are seen without opening anything
_SHELLS: Final = {"powershell": "PowerShell", "cmd": "Command Prompt", "text": ""}


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One fact that a finding rests on; `rows` is how many rows its words stand for (0: those of a row above)."""

    server: str
    context: str
    kind: str
    key: str
    says: str
    where: str
    since: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to type, or to do; `shell` is empty for what is no command."""

    shell: str
    lines: tuple[Exact, ...]
    check: tuple[Exact, ...] = ()  # what to look at first
    undo: tuple[Exact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do in one go, on all servers where it is the very same; none: on any that administers the farm."""

    servers: tuple[str, ...]
    commands: tuple[Command, ...]


@dataclass(frozen=True, kw_only=True)
class Change:
    """The first change that preceded a finding."""

    server: str
    context: str
    kind: str
    key: str
    at: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A finding."""

    id: str
    code: str
    catalogue: tuple[str, ...]
    severity: str
    subject: str
    title: str
    why: str
    servers: tuple[str, ...]
    contexts: tuple[str, ...]
    steps: tuple[Step, ...]
    first: tuple[Proof, ...]  # of the evidence
    rest: tuple[Proof, ...]
    limit: str
    since: str
    change: Change | None = None  # that preceded it

    @property
    def proofs(self) -> int:
        """Return how many facts it rests on."""
        return len(self.first) + len(self.rest)


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Symptoms of one code."""

    code: str
    severity: str  # of the worst
    servers: tuple[str, ...]
    contexts: tuple[str, ...]
    members: tuple[Shown, ...]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A finding that nothing else explains, with what it explains."""

    number: int
    finding: Shown
    symptoms: tuple[Alike, ...]

    @property
    def explained(self) -> int:
        """Return how many findings are folded here."""
        return sum(len(one.members) for one in self.symptoms)


def causes(found: Sequence[query_pb2.Finding]) -> tuple[Cause, ...]:
    """Return the causes in their order; every finding is in one of them."""
    shown = {one.id: _shown(one) for one in found}
    by_id = {one.id: one for one in found}
    folded: dict[str, list[Shown]] = {one.id: [] for one in found if one.caused_by not in by_id}
    for one in found:
        root = _root(one, by_id)
        folded.setdefault(root, []).extend([shown[one.id]] if root != one.id else [])
    return tuple(
        Cause(number=number, finding=shown[root], symptoms=_by_code(symptoms))
        for number, (root, symptoms) in enumerate(folded.items(), 1)
    )


def _root(one: query_pb2.Finding, by_id: Mapping[str, query_pb2.Finding]) -> str:
    seen: set[str] = set()
    while one.caused_by in by_id and one.id not in seen:
        seen.add(one.id)
        one = by_id[one.caused_by]
    return one.id


def _by_code(symptoms: Iterable[Shown]) -> tuple[Alike, ...]:
    ordered = sorted(symptoms, key=lambda one: (WORDS.index(one.severity), one.code))
    codes = dict.fromkeys(one.code for one in ordered)
    return tuple(_alike([one for one in ordered if one.code == code]) for code in codes)


def _alike(members: Sequence[Shown]) -> Alike:
    return Alike(
        code=members[0].code,
        severity=members[0].severity,
        servers=tuple(sorted({name for one in members for name in one.servers})),
        contexts=tuple(sorted({name for one in members for name in one.contexts})),
        members=tuple(members),
    )


def _shown(one: query_pb2.Finding) -> Shown:
    return Shown(
        id=one.id,
        code=one.code,
        catalogue=tuple(one.catalogue),
        severity=SEVERITIES.get(one.severity, "info"),
        subject=one.subject,
        title=one.title,
        why=one.why,
        servers=tuple(one.servers),
        contexts=tuple(name for context in one.contexts if (name := CONTEXT_NAMES[context])),
        steps=_steps(one.remedy),
        first=proofs(one.evidence[:AT_ONCE]),
        rest=proofs(one.evidence[AT_ONCE:]),
        limit=one.limit_used,
        since=instant(one.since) or "",
        change=_change(one.first_change) if one.HasField("first_change") else None,
    )


def _change(one: query_pb2.FirstChange) -> Change:
    return Change(
        server=one.server,
        context=CONTEXT_NAMES[one.context] or "",
        kind=one.kind,
        key=one.key,
        at=instant(one.at) or "",
        text=one.text,
    )


def _steps(remedies: Iterable[query_pb2.Remedy]) -> tuple[Step, ...]:
    """Return the steps in their order; servers next to each other that have the same ones share them."""
    runs = [(server, [_command(one) for one in rows]) for server, rows in groupby(remedies, key=lambda one: one.server)]
    return tuple(
        Step(
            servers=tuple(server for server, _ in alike if server),
            commands=tuple(commands),
        )
        for commands, run in groupby(runs, key=lambda run: run[1])
        if (alike := list(run))
    )


def _command(one: query_pb2.Remedy) -> Command:
    return Command(
        shell=_SHELLS.get(one.shell, one.shell),
        lines=_exact(one.command),
        check=_exact(one.check),
        undo=_exact(one.undo),
    )


def _exact(text: str) -> tuple[Exact, ...]:
    return tuple(Exact(line) for line in text.splitlines())


def proofs(evidence: Iterable[query_pb2.Evidence]) -> tuple[Proof, ...]:
    """Return facts as rows; what is said of several in a row is said once."""
    found: list[Proof] = []
    for _, alike in groupby(evidence, key=lambda one: (one.server, one.kind, one.says)):
        rows = list(alike)
        found += [_proof(one, 0 if at else len(rows)) for at, one in enumerate(rows)]
    return tuple(found)


def _proof(one: query_pb2.Evidence, rows: int) -> Proof:
    return Proof(
        server=one.server,
        context=CONTEXT_NAMES[one.context] or "",
        kind=one.kind,
        key=one.key,
        says=one.says,
        where=place(one.source),
        since=instant(one.observed_at) or "",
        rows=rows,
    )
