"""Runs every rule over a farm; gives the verdicts that rules must not give themselves."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from farmsight_collector.model.view import Farm, Held, UnknownFactError
from farmsight_collector.model.words import names
from farmsight_collector.rules.commands import completed
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Rule, Severity, Verdict

_LIKEWISE: Final = " (likewise "
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FirstChange:
    """The change of a fact that came before a finding and is of what it stands on."""

    server: str
    kind: str
    context: str | None
    key: str
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One instance of a rule's condition."""

    id: str  # stable for the same code and subject on the same farm
    rule: Rule
    severity: Severity
    subject: str
    servers: tuple[str, ...]
    contexts: tuple[str, ...]
    title: str
    why: str
    remedy: tuple[Remedy, ...]
    evidence: tuple[Held, ...]
    limit_used: str = ""
    entries: tuple[str, ...] = ()  # of the catalogue; empty: all of the rule's
    since: datetime | None = None
    first_change: FirstChange | None = None
    cause_of: tuple[str, ...] = ()
    caused_by: str | None = None

    @property
    def catalogue(self) -> tuple[str, ...]:
        """Return the entries of the catalogue that this is an instance of."""
        return self.entries or self.rule.catalogue


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A rule that could not tell."""

    code: str
    verdict: CannotTell


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """All that the rules say of a farm as of its instant."""

    farm: str
    as_of: datetime
    findings: tuple[Finding, ...]
    unknown: tuple[Unknown, ...] = field(default=())


def evaluate(farm: Farm, rules: Iterable[Rule]) -> Evaluation:
    """Return findings (one a code and subject, most severe first) and what could not be told."""
    found: dict[tuple[str, str], Finding] = {}
    unknown: list[Unknown] = []
    for rule in rules:
        for verdict in _verdicts(rule, farm):
            if isinstance(verdict, CannotTell):
                unknown.append(Unknown(code=rule.code, verdict=verdict))
                continue
            holds = replace(verdict, remedy=tuple(completed(one, rule) for one in verdict.remedy))
            key = (rule.code, holds.subject)
            held = found.get(key)
            found[key] = _finding(farm, rule, holds) if held is None else _joined(held, holds)
    ordered = sorted(found.values(), key=lambda f: (-f.severity, f.rule.code, f.subject))
    return Evaluation(farm=farm.name, as_of=farm.as_of, findings=tuple(ordered), unknown=tuple(unknown))


def _verdicts(rule: Rule, farm: Farm) -> Iterator[Verdict]:
    if rule.on_farm is not None:
        yield from _guarded(rule, partial(rule.on_farm, farm), None)
        return
    assert rule.on_server is not None  # the rule's own check saw to it
    for server in farm.servers:
        if server.role in rule.roles:
            yield from _guarded(rule, partial(rule.on_server, farm, server), server.name)


def _guarded(rule: Rule, ask: Callable[[], Iterable[Verdict]], server: str | None) -> Iterator[Verdict]:
    try:
        yield from ask()  # asked in here: a check need not be a generator
    except UnknownFactError as error:
        yield CannotTell(
            server=server,  # a farm's rule that stopped here is in doubt about every server
            reason=str(error.reason) if server is not None else str(error),
            probe=error.probe,
            part=error.part,
            context=error.context,
        )
    except Exception as error:  # one rule's fault must not silence the others
        log.exception("rule %s failed", rule.code)
        yield CannotTell(server=server, reason=f"the rule failed: {type(error).__name__}: {error}")


def finding_id(farm: str, code: str, subject: str) -> str:
    """Return the id of the finding with this code and subject on this farm: 16 hex digits."""
    return hashlib.sha256(f"{farm}\0{code}\0{subject}".encode()).hexdigest()[:16]


def _finding(farm: Farm, rule: Rule, holds: Holds) -> Finding:
    return Finding(
        id=finding_id(farm.name, rule.code, holds.subject),
        rule=rule,
        severity=holds.severity or rule.severity,
        subject=holds.subject,
        servers=tuple(sorted(set(holds.servers))),
        contexts=tuple(sorted(set(holds.contexts))),
        title=holds.title,
        why=holds.why or rule.why,
        remedy=holds.remedy,
        evidence=holds.evidence,
        limit_used=holds.limit_used,
        entries=_entries(rule, set(holds.catalogue)),
        since=max((held.began for held in holds.evidence), default=None),
    )


def _entries(rule: Rule, wanted: set[str]) -> tuple[str, ...]:
    return tuple(entry for entry in rule.catalogue if entry in wanted)


def _title(finding: Finding, holds: Holds) -> str:
    """Return the title with the other servers of which, but for its name, the very same is said."""
    own = finding.title.partition(_LIKEWISE)[0]
    first = max((name for name in finding.servers if own.startswith(name)), key=len, default="")
    said = [first + holds.title.removeprefix(name) for name in holds.servers if holds.title.startswith(name)]
    if not first or said != [own] or holds.servers == (first,):
        return finding.title
    others = sorted({*finding.servers, *holds.servers} - {first})
    return f"{own}{_LIKEWISE}{names(others)})"


def _joined(finding: Finding, holds: Holds) -> Finding:
    evidence = finding.evidence + tuple(h for h in holds.evidence if h not in finding.evidence)
    began = max((held.began for held in holds.evidence), default=None)
    both = [since for since in (finding.since, began) if since is not None]
    return replace(
        finding,
        severity=max(finding.severity, holds.severity or finding.rule.severity),
        title=_title(finding, holds),
        servers=tuple(sorted({*finding.servers, *holds.servers})),
        contexts=tuple(sorted({*finding.contexts, *holds.contexts})),
        evidence=evidence,
        entries=_entries(finding.rule, {*finding.catalogue, *(holds.catalogue or finding.rule.catalogue)}),
        remedy=finding.remedy + tuple(r for r in holds.remedy if r not in finding.remedy),
        since=min(both, default=None),
    )
