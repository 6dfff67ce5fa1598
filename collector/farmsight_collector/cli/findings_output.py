"""Findings as the JSON schema `farmsight.findings/1`, and as text for people."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.cli.output import Output
from farmsight_collector.cli.unknown_output import print_unknown
from farmsight_collector.model.words import plain
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, OUTCOME_NAMES

SEVERITIES = {
    query_pb2.SEVERITY_INFO: "info",
    query_pb2.SEVERITY_WARNING: "warning",
    query_pb2.SEVERITY_ERROR: "error",
    query_pb2.SEVERITY_CRITICAL: "critical",
}
SEVERITY_BY_WORD = {word: value for value, word in SEVERITIES.items()}


def instant(stamp: Timestamp) -> str | None:
    """Return a timestamp as RFC 3339 to the second, or None when it is not set."""
    if not stamp.seconds and not stamp.nanos:
        return None
    return stamp.ToDatetime(tzinfo=UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def document(response: query_pb2.ListFindingsResponse) -> dict[str, Any]:
    """Return the whole answer in the schema `farmsight.findings/1`."""
    return {
        "schema": "farmsight.findings/1",
        "farm": response.farm,
        "as_of": instant(response.as_of),
        "servers": [_server(server) for server in response.servers],
        "findings": [finding_json(finding) for finding in response.findings],
        "unknown": [
            {
                "server": item.server,
                "probe": item.probe,
                "part": item.part or None,
                "context": CONTEXT_NAMES[item.context],
                "reason": item.reason,
                "code": item.code or None,
            }
            for item in response.unknown
        ],
    }


def _server(server: query_pb2.ServerState) -> dict[str, Any]:
    return {
        "name": server.name,
        "role": server.role,
        "last_seen": instant(server.last_seen),
        "probes": [
            {
                "probe": probe.probe,
                "part": probe.part or None,
                "context": CONTEXT_NAMES[probe.context],
                "outcome": OUTCOME_NAMES.get(probe.outcome, "failed"),
                "reason": probe.reason or None,
                "source": probe.source or None,
                "stale": probe.stale,
            }
            for probe in server.probes
        ],
    }


def finding_json(finding: query_pb2.Finding) -> dict[str, Any]:
    """Return one finding as the schema has it."""
    return {
        "id": finding.id,
        "code": finding.code,
        "catalogue": list(finding.catalogue),
        "severity": SEVERITIES.get(finding.severity, "info"),
        "subject": finding.subject,
        "servers": list(finding.servers),
        "contexts": [name for context in finding.contexts if (name := CONTEXT_NAMES[context])],
        "title": finding.title,
        "why": finding.why,
        "remedy": [
            {"server": r.server, "shell": r.shell, "command": r.command, "check": r.check, "undo": r.undo}
            for r in finding.remedy
        ],
        "evidence": [evidence_json(one) for one in finding.evidence],
        "cause_of": list(finding.cause_of),
        "caused_by": finding.caused_by or None,
        "since": instant(finding.since),
        "first_change": first_change_json(finding),
        "limit_used": finding.limit_used or None,
    }


def evidence_json(one: query_pb2.Evidence) -> dict[str, Any]:
    """Return where a fact stands and since when, as the schemas have it."""
    return {
        "server": one.server,
        "kind": one.kind,
        "key": one.key,
        "context": CONTEXT_NAMES[one.context],
        "observed_at": instant(one.observed_at),
        "source": one.source or None,
    }


def first_change_json(finding: query_pb2.Finding) -> dict[str, Any] | None:
    """Return the change that preceded a finding; None where no history tells of one."""
    return preceding_json(finding.first_change) if finding.HasField("first_change") else None


def preceding_json(change: query_pb2.FirstChange) -> dict[str, Any]:
    """Return the first change before something, as the output schemas have it."""
    return {
        "server": change.server,
        "kind": change.kind,
        "context": CONTEXT_NAMES[change.context],
        "key": change.key,
        "at": instant(change.at),
        "text": change.text,
    }


def print_findings(out: Output, response: query_pb2.ListFindingsResponse, *, details: bool) -> None:
    """Print causes with their symptoms folded under them, then what is not known."""
    by_id = {finding.id: finding for finding in response.findings}
    causes = [f for f in response.findings if not f.caused_by or f.caused_by not in by_id]
    if not causes:
        out.line("no findings", "ok" if not response.unknown else "")
    for finding in causes:
        _print_one(out, finding, "", details=details)
        symptoms = _below(finding, by_id)
        if details:
            for symptom in symptoms:
                _print_one(out, symptom, "    ", details=False)
        else:
            _print_folded(out, symptoms)
    print_unknown(out, response.unknown, [one.name for one in response.servers])


def _below(cause: query_pb2.Finding, by_id: Mapping[str, query_pb2.Finding]) -> list[query_pb2.Finding]:
    """Return all that a cause brings about, at any depth, the nearest first."""
    found: dict[str, query_pb2.Finding] = {}
    level = [cause]
    while level:
        level = [by_id[one] for each in level for one in each.cause_of if one in by_id and one not in found]
        found |= {one.id: one for one in level}
    return list(found.values())


def _print_folded(out: Output, symptoms: Iterable[query_pb2.Finding]) -> None:
    """Print one line for all symptoms of one code."""
    by_code: dict[str, list[query_pb2.Finding]] = {}
    for symptom in symptoms:
        by_code.setdefault(symptom.code, []).append(symptom)
    for code, alike in by_code.items():
        word = SEVERITIES.get(max(one.severity for one in alike), "info")
        where = ", ".join(sorted({server for one in alike for server in one.servers})) or "farm"
        said = plain(alike[0].title) if len(alike) == 1 else f"{len(alike)} alike, e.g. {plain(alike[0].title)}"
        out.block(f"    └ {out.paint(word, word)}  {plain(code)}  [{plain(where)}]  {said}\n")


def _print_one(out: Output, finding: query_pb2.Finding, indent: str, *, details: bool) -> None:
    word = SEVERITIES.get(finding.severity, "info")
    mark = "└ " if indent else ""
    where = ", ".join(finding.servers) or "farm"
    contexts = [name for context in finding.contexts if (name := CONTEXT_NAMES[context])]
    if contexts:
        where += f" as {', '.join(contexts)}"
    since = instant(finding.since)
    head = f"{indent}{mark}{out.paint(word.upper(), word)}  {plain(finding.code)}  [{plain(where)}]"
    out.block(head + (f"  since {since}" if since else "") + "\n")
    out.line(f"{indent}    {finding.title}")
    if finding.HasField("first_change"):
        change = finding.first_change
        out.line(
            f"{indent}    first change: {instant(change.at)} {change.server} {change.kind} {change.key}: {change.text}"
        )
    if details:
        _print_details(out, finding)


def _print_details(out: Output, finding: query_pb2.Finding) -> None:
    out.line(f"    why: {finding.why}")
    for remedy in finding.remedy:
        _print_remedy(out, remedy)
    for evidence in finding.evidence[:10]:
        context = f" as {name}" if (name := CONTEXT_NAMES[evidence.context]) else ""
        source = f", from {evidence.source}" if evidence.source else ""
        seen = instant(evidence.observed_at)
        out.line(f"    seen: {evidence.server} {evidence.kind} {evidence.key}{context} since {seen}{source}")
    if len(finding.evidence) > 10:
        out.line(f"    seen: and {len(finding.evidence) - 10} more (--json shows all)")
    if finding.limit_used:
        out.line(f"    limit: {finding.limit_used}")
    if not finding.HasField("closed"):
        out.line(f"    id: {finding.id}")
    out.line()


def _print_remedy(out: Output, remedy: query_pb2.Remedy) -> None:
    where = f"on {remedy.server or 'the farm'} ({remedy.shell})"
    for head, said in (
        (f"check first {where}", remedy.check),
        (f"do {where}", remedy.command),
        ("to undo it", remedy.undo),
    ):
        if said:
            out.line(f"    {head}:")
        for line in said.splitlines():
            out.line(f"        {line}")


def exit_code(findings: Iterable[query_pb2.Finding], fail_on: str) -> int:
    """Return 1 when a finding is at or above the severity word, else 0 ("never": always 0)."""
    if fail_on == "never":
        return 0
    return int(any(finding.severity >= SEVERITY_BY_WORD[fail_on] for finding in findings))
