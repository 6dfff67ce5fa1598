"""Findings as intervals [opened, closed), each with all that the output schema says of it."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection, Row

from farmsight_collector.clock import micros, moment
from farmsight_collector.model.view import Held
from farmsight_collector.rules.engine import Evaluation, Finding, Unknown
from farmsight_collector.store import farms, finding_changes, schema
from farmsight_collector.store.rows import chunks, storable

EVIDENCE_KEPT: Final = 200  # of one finding
_columns = schema.findings.c


@dataclass(frozen=True, kw_only=True)
class FindingRow:
    """One finding over one interval; `payload` is as the schema farmsight.findings/1 has it, with ids."""

    id: str
    code: str
    severity: int
    subject: str
    opened: datetime
    closed: datetime | None
    since: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FindingChange:
    """What an evaluation did to a finding."""

    kind: Literal["opened", "changed", "closed"]
    finding: FindingRow


def reconcile(connection: Connection, farm: str, evaluation: Evaluation, at: datetime) -> list[FindingChange]:
    """Bring the open findings of a farm in line with an evaluation; return what changed.

    What is no longer found is closed, unless some rule could not tell: then
    it stays open as it was. The same holds for each server of a finding.
    """
    farm_id = farms.ensure_farm(connection, farm)
    farms.lock_farm(connection, farm_id)
    held = {row.id: row for row in _open(connection, farm_id)}
    found = {finding.id: _row(finding, at) for finding in evaluation.findings}
    changes = [FindingChange(kind="opened", finding=row) for key, row in found.items() if key not in held]
    for key, row in held.items():
        if key in found:
            since = min(row.since, found[key].since)
            kept = {**found[key].payload, "since": since.isoformat()}
            kept["servers"] = sorted({*kept["servers"], *_servers_in_doubt(row, evaluation.unknown)})
            now = replace(found[key], opened=row.opened, since=since, payload=kept)
            if now != row:
                changes.append(FindingChange(kind="changed", finding=now))
        elif not undecided(row, evaluation.unknown):
            changes.append(FindingChange(kind="closed", finding=replace(row, closed=max(at, row.opened))))
    _write(connection, farm_id, changes)
    finding_changes.note(connection, farm_id, at, changes, held)
    return changes


def findings_as_of(connection: Connection, farm: str, at: datetime) -> list[FindingRow]:
    """Return the findings that were open at an instant, most severe first."""
    instant = micros(at)
    return _select(connection, farm, _columns.opened <= instant, _columns.closed > instant)


def findings_between(connection: Connection, farm: str, begin: datetime, end: datetime) -> list[FindingRow]:
    """Return the findings that opened or closed within (begin, end], most severe first."""
    first, last = micros(begin), micros(end)
    opened = (_columns.opened > first) & (_columns.opened <= last)
    closed = (_columns.closed > first) & (_columns.closed <= last)
    return _select(connection, farm, opened | closed)


def not_closed_before(connection: Connection, farm: str, at: datetime) -> list[FindingRow]:
    """Return the findings that are open, and those that were closed after an instant, most severe first."""
    return _select(connection, farm, _columns.closed > micros(at))


def opened_before(connection: Connection, farm: str, at: datetime, least: int, of: str, limit: int) -> list[FindingRow]:
    """Return the findings of at least a severity that opened until an instant, the last to close first.

    `of` is an id or a code, empty for any.
    """
    query = _all().join(schema.farms, schema.farms.c.id == _columns.farm_id)
    query = query.where(schema.farms.c.name == farm, _columns.opened <= micros(at), _columns.severity >= least)
    if of:
        query = query.where((_columns.id == of) | (_columns.code == of))
    query = query.order_by(_columns.closed.desc(), _columns.opened, _columns.id).limit(limit)
    return [_finding(row) for row in connection.execute(query)]


def life_of(connection: Connection, farm: str, finding: str, limit: int = 200) -> list[FindingRow]:
    """Return when a finding was open, the newest interval first."""
    query = _all().join(schema.farms, schema.farms.c.id == _columns.farm_id)
    query = query.where(schema.farms.c.name == farm, _columns.id == finding)
    return [_finding(row) for row in connection.execute(query.order_by(_columns.opened.desc()).limit(limit))]


def newest_of(connection: Connection, farm: str, findings: Collection[str]) -> list[FindingRow]:
    """Return the last interval of each of these findings."""
    found: dict[str, FindingRow] = {}
    for some in chunks(sorted(findings)):
        for row in _select(connection, farm, _columns.id.in_(list(some))):
            if row.id not in found or found[row.id].opened < row.opened:
                found[row.id] = row
    return list(found.values())


def _select(connection: Connection, farm: str, *conditions: Any) -> list[FindingRow]:  # noqa: ANN401 - SQL
    query = _all().join(schema.farms, schema.farms.c.id == _columns.farm_id)
    query = query.where(schema.farms.c.name == farm, *conditions)
    query = query.order_by(_columns.severity.desc(), _columns.code, _columns.subject, _columns.opened)
    return [_finding(row) for row in connection.execute(query)]


def _open(connection: Connection, farm_id: int) -> list[FindingRow]:
    query = _all().where(_columns.farm_id == farm_id, _columns.closed == schema.OPEN)
    return [_finding(row) for row in connection.execute(query)]


def undecided(row: FindingRow, unknown: Iterable[Unknown]) -> bool:
    """Tell whether some rule that could not tell may still hold for this finding."""
    return _in_doubt(row.code, row.subject, row.payload["servers"], unknown)


def undecided_of(finding: Finding, unknown: Iterable[Unknown]) -> bool:
    """Tell the same of a finding that is not from the store."""
    return _in_doubt(finding.rule.code, finding.subject, finding.servers, unknown)


def _in_doubt(code: str, subject: str, servers: Collection[str], unknown: Iterable[Unknown]) -> bool:
    return any(
        one.code == code
        and (one.verdict.server is None or one.verdict.server in servers)
        and one.verdict.about(subject)
        for one in unknown
    )


def _servers_in_doubt(row: FindingRow, unknown: Iterable[Unknown]) -> set[str]:
    """Return the servers of a finding of which some rule could not tell whether they are over it."""
    return {
        one.verdict.server
        for one in unknown
        if one.code == row.code
        and one.verdict.server is not None
        and one.verdict.server in row.payload["servers"]
        and one.verdict.about(row.subject)
    }


def _row(finding: Finding, at: datetime) -> FindingRow:
    since = at if finding.since is None else min(finding.since, at)
    return FindingRow(
        id=finding.id,
        code=finding.rule.code,
        severity=int(finding.severity),
        subject=storable(finding.subject),
        opened=at,
        closed=None,
        since=since,
        payload=json.loads(json.dumps(_payload(finding, since))),
    )


def _payload(finding: Finding, since: datetime) -> dict[str, Any]:
    return {
        "id": finding.id,
        "code": finding.rule.code,
        "catalogue": list(finding.catalogue),
        "severity": finding.severity.word,
        "subject": storable(finding.subject),
        "servers": list(finding.servers),
        "contexts": list(finding.contexts),
        "title": finding.title,
        "why": finding.why,
        "remedy": [asdict(remedy) for remedy in finding.remedy],
        "evidence": [_evidence(held) for held in finding.evidence[:EVIDENCE_KEPT]],
        "cause_of": list(finding.cause_of),
        "caused_by": finding.caused_by,
        "since": since.isoformat(),
        "limit_used": finding.limit_used,
    }


def _evidence(held: Held) -> dict[str, Any]:
    return {
        "server": held.server,
        "kind": held.kind,
        "key": held.key,
        "context": held.context,
        "observed_at": held.began.isoformat(),
        "source": held.fact.source,
    }


def _write(connection: Connection, farm_id: int, changes: list[FindingChange]) -> None:
    rows = [{"farm_id": farm_id, **_values(change.finding)} for change in changes if change.kind == "opened"]
    if rows:
        connection.execute(schema.findings.insert(), rows)
    changed = [
        {"of_farm": farm_id, **{f"its_{name}": value for name, value in _values(change.finding).items()}}
        for change in changes
        if change.kind != "opened"
    ]
    if changed:
        connection.execute(_CHANGE, changed)


_CHANGE: Final = (
    update(schema.findings)
    .where(
        _columns.farm_id == bindparam("of_farm"),
        _columns.id == bindparam("its_id"),
        _columns.opened == bindparam("its_opened"),
    )
    .values(
        **{name: bindparam(f"its_{name}") for name in ("closed", "since", "code", "severity", "subject", "payload")}
    )
)


def _values(row: FindingRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "opened": micros(row.opened),
        "closed": schema.OPEN if row.closed is None else micros(row.closed),
        "since": micros(row.since),
        "code": row.code,
        "severity": row.severity,
        "subject": row.subject,
        "payload": json.dumps(row.payload, ensure_ascii=True, sort_keys=True),
    }


def _all() -> Any:  # noqa: ANN401 - a Select of eight columns
    return select(
        _columns.id,
        _columns.code,
        _columns.severity,
        _columns.subject,
        _columns.opened,
        _columns.closed,
        _columns.since,
        _columns.payload,
    )


def _finding(row: Row[Any]) -> FindingRow:
    return FindingRow(
        id=row.id,
        code=row.code,
        severity=row.severity,
        subject=row.subject,
        opened=moment(row.opened),
        closed=None if row.closed == schema.OPEN else moment(row.closed),
        since=moment(row.since),
        payload=json.loads(row.payload),
    )
