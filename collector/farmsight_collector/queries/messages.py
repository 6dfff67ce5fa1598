"""From the collector's own values to the messages of the query contract."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.clock import timestamp
from farmsight_collector.model.view import Coverage, Held, Server
from farmsight_collector.model.words import describe
from farmsight_collector.rules.engine import Finding, FirstChange, Unknown
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store.findings import FindingRow
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, OUTCOME_BY_NAME

SEVERITIES = {
    Severity.INFO: query_pb2.SEVERITY_INFO,
    Severity.WARNING: query_pb2.SEVERITY_WARNING,
    Severity.ERROR: query_pb2.SEVERITY_ERROR,
    Severity.CRITICAL: query_pb2.SEVERITY_CRITICAL,
}


def stamp(at: datetime | None) -> Timestamp | None:
    """Return an instant as a Timestamp, None as None."""
    return None if at is None else timestamp(at)


def finding(one: Finding, *, closed: datetime | None = None) -> query_pb2.Finding:
    """Return a finding as a message."""
    message = query_pb2.Finding(
        id=one.id,
        code=one.rule.code,
        catalogue=one.catalogue,
        severity=SEVERITIES[one.severity],
        subject=one.subject,
        servers=one.servers,
        contexts=[CONTEXT_BY_NAME[name] for name in one.contexts],
        title=one.title,
        why=one.why,
        cause_of=one.cause_of,
        caused_by=one.caused_by or "",
        since=stamp(one.since),
        closed=stamp(closed),
        limit_used=one.limit_used,
        evidence=[evidence(held) for held in one.evidence],
        first_change=first_change(one.first_change),
    )
    for remedy in one.remedy:
        message.remedy.add(**asdict(remedy))
    return message


def first_change(one: FirstChange | None) -> query_pb2.FirstChange | None:
    """Return the change before a finding as a message, None as None."""
    if one is None:
        return None
    return query_pb2.FirstChange(
        server=one.server,
        kind=one.kind,
        context=CONTEXT_BY_NAME[one.context],
        key=one.key,
        at=stamp(one.at),
        text=one.text,
    )


def stored_finding(row: FindingRow) -> query_pb2.Finding:
    """Return a finding as the store keeps it."""
    told = row.payload
    message = query_pb2.Finding(
        id=row.id,
        code=row.code,
        catalogue=told["catalogue"],
        severity=SEVERITIES[Severity(row.severity)],
        subject=row.subject,
        servers=told["servers"],
        contexts=[CONTEXT_BY_NAME[name] for name in told["contexts"]],
        title=told["title"],
        why=told["why"],
        cause_of=told["cause_of"],
        caused_by=told["caused_by"] or "",
        since=stamp(row.since),
        closed=stamp(row.closed),
        limit_used=told["limit_used"],
    )
    for remedy in told["remedy"]:
        message.remedy.add(**remedy)  # one that was kept before it had check and undo has neither
    for one in told["evidence"]:
        message.evidence.add(
            server=one["server"],
            kind=one["kind"],
            key=one["key"],
            context=CONTEXT_BY_NAME[one["context"]],
            observed_at=stamp(datetime.fromisoformat(one["observed_at"])),
            source=one["source"],
        )
    return message


def evidence(held: Held) -> query_pb2.Evidence:
    """Return a fact as evidence: where it stands, since when, and what it says."""
    return query_pb2.Evidence(
        server=held.server,
        kind=held.kind,
        key=held.key,
        context=CONTEXT_BY_NAME[held.context],
        observed_at=stamp(held.began),
        source=held.fact.source,
        says=describe(held.fact),
    )


def server_state(server: Server) -> query_pb2.ServerState:
    """Return a server with the last outcome of each of its probes."""
    return query_pb2.ServerState(
        name=server.name,
        role=server.role,
        probes=[_probe_state(row) for row in sorted(server.coverage, key=_order)],
        last_seen=stamp(server.last_seen),
        agent_version=server.agent_version,
        facts=sum(len(rows) for rows in server.facts.values()),
    )


def _order(row: Coverage) -> tuple[str, str, str]:
    return row.probe, row.part, row.context or ""


def _probe_state(row: Coverage) -> query_pb2.ProbeState:
    return query_pb2.ProbeState(
        probe=row.probe,
        part=row.part,
        context=CONTEXT_BY_NAME[row.context],
        outcome=OUTCOME_BY_NAME[row.outcome],
        reason=row.reason,
        detail=row.detail,
        source=row.source,
        covered_until=stamp(row.covered_until),
        stale=row.stale,
    )


def unknown_items(servers: Iterable[Server], unknown: Iterable[Unknown]) -> list[query_pb2.UnknownItem]:
    """Return all that is not known: what no probe could see, then what rules could not tell for it."""
    items = [
        query_pb2.UnknownItem(
            server=server.name,
            probe=row.probe,
            part=row.part,
            context=CONTEXT_BY_NAME[row.context],
            reason=f"not seen since {row.covered_until:%Y-%m-%d %H:%M}Z" if row.stale else _why(row),
        )
        for server in servers
        for row in sorted(server.coverage, key=_order)
        if row.stale or row.outcome not in ("observed", "not_applicable")
    ]
    told = [
        query_pb2.UnknownItem(
            server=one.verdict.server or "",
            probe=one.verdict.probe,
            part=one.verdict.part,
            context=CONTEXT_BY_NAME[one.verdict.context],
            reason=one.verdict.reason,
            code=one.code,
        )
        for one in unknown
    ]
    return items + told


def _why(row: Coverage) -> str:
    return f"{row.outcome}: {row.reason}" + (f" ({row.detail})" if row.detail else "")
