"""What the page shows, in plain values."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

from farmsight_collector.cli.findings_output import SEVERITIES
from farmsight_collector.model.words import plain
from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.offline.document import document, response
from farmsight_collector.offline.lacking import lacking
from farmsight_collector.offline.retrieval_matrix import Matrix, matrix
from farmsight_collector.queries import compare
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

_ORDER: Final = ("critical", "error", "warning", "info")
_LACKS: Final = ("file-missing", "not-collected", "not-asked")
_COMPARED_ROLES: Final = ("adfs", "wap")
_OWN: Final = frozenset({"retrieval", "chain-verdict", "given-certificate", "url-cache", "url-registration", "service"})


def view(analysis: Analysis) -> dict[str, Any]:
    """Return everything that the template names."""
    whole = document(analysis)
    told = response(analysis)
    by_id = {one.id: _finding(one) for one in told.findings}
    causes = [one for one in by_id.values() if one["caused_by"] not in by_id]
    for one in causes:
        one["symptoms"] = [by_id[effect] for effect in one["cause_of"] if effect in by_id]
    counts = Counter(one["severity"] for one in by_id.values())
    return {
        "farm": whole["farm"],
        "as_of": whole["as_of"],
        "verdict": whole["verdict"],
        "state": next((word for word in _ORDER if counts[word]), "ok"),
        "farm_reason": whole["farm_reason"],
        "mode": whole["mode"],
        "counts": [(word, counts[word]) for word in _ORDER if counts[word]],
        "causes": causes,
        "servers": _servers(whole, by_id.values()),
        "comparisons": [one for role in _COMPARED_ROLES if (one := _comparison(analysis, role)) is not None],
        "matrix": _matrix(matrix(analysis.picture.farm)),
        "unknown": _unknown(told),
        "lacking": [_lack(one) for one in lacking(analysis.picture.farm)],
        "leftovers": whole["not_understood"],
        "notes": whole["notes"],
    }


def _finding(one: query_pb2.Finding) -> dict[str, Any]:
    return {
        "id": one.id,
        "code": one.code,
        "catalogue": list(one.catalogue),
        "severity": SEVERITIES.get(one.severity, "info"),
        "subject": plain(one.subject),
        "title": plain(one.title),
        "why": plain(one.why),
        "servers": list(one.servers),
        "contexts": [name for context in one.contexts if (name := CONTEXT_NAMES[context])],
        "remedy": [{"server": r.server or "the farm", "shell": r.shell, "command": r.command} for r in one.remedy],
        "evidence": [
            {
                "server": e.server,
                "kind": e.kind,
                "key": plain(e.key),
                "context": CONTEXT_NAMES[e.context] or "",
                "says": plain(e.says),
                "source": plain(e.source.removeprefix("evidence:")),
            }
            for e in one.evidence
        ],
        "limit": one.limit_used,
        "caused_by": one.caused_by,
        "cause_of": list(one.cause_of),
        "symptoms": [],
    }


def _servers(whole: dict[str, Any], findings: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a view of dicts
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in findings:
        for name in one["servers"]:
            counts[name][one["severity"]] += 1
    modes = {one["server"]: one["mode"] for one in whole["mode"]["servers"]}
    return [
        row
        | {
            "mode": modes.get(row["server"], ""),
            "counts": [(word, counts[row["server"]][word]) for word in _ORDER if counts[row["server"]][word]],
        }
        for row in whole["evidence"]
    ]


def _comparison(analysis: Analysis, role: str) -> dict[str, Any] | None:
    """Return what the servers of a role differ in; None where there are not two of them."""
    farm = analysis.picture.farm
    if len(farm.of_role(role)) < 2:
        return None
    answer = compare.answer(farm, query_pb2.CompareRequest(role=role, only_differences=True))
    rows = [
        {
            "kind": row.kind,
            "key": plain(row.key),
            "context": CONTEXT_NAMES[row.context] or "",
            "cells": [
                {"state": value.state, "text": plain(value.text) or _mark(value.state), "odd": value.odd}
                for value in row.values
            ],
        }
        for row in answer.facts
        if row.kind not in _OWN
    ]
    return {"role": role, "servers": list(answer.servers), "rows": rows}


def _mark(state: str) -> str:
    return {"absent": "absent", "unknown": "not known"}.get(state, state)


def _matrix(found: Matrix) -> dict[str, Any]:
    servers = Counter(column.server for column in found.columns)
    return {
        "servers": list(servers.items()),
        "contexts": [column.context for column in found.columns],
        "rows": [
            {
                "purpose": row.purpose,
                "url": plain(row.url),
                "differs": row.differs,
                "cells": [
                    {"state": c.state, "text": plain(c.text), "source": plain(c.source.removeprefix("evidence:"))}
                    for c in row.cells
                ],
            }
            for row in found.rows
        ],
    }


def _unknown(told: query_pb2.ListFindingsResponse) -> list[dict[str, Any]]:
    """Return what is not known for another reason than a missing file, each with the rules that it keeps from telling."""
    grouped: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for item in _worth(told):
        place = f"{item.probe}/{item.part}".strip("/")
        context = CONTEXT_NAMES[item.context]
        where = place + (f" as {context}" if context else "")
        grouped[item.server or "farm", where, plain(item.reason)].update({item.code} - {""})
    return [
        {"server": server, "where": where, "reason": reason, "codes": sorted(codes)}
        for (server, where, reason), codes in grouped.items()
    ]


def _worth(told: query_pb2.ListFindingsResponse) -> Iterator[query_pb2.UnknownItem]:
    return (item for item in told.unknown if not any(word in item.reason for word in _LACKS))


def _lack(one: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass with just these fields
    return {"server": one.server, "command": one.command, "run": one.run, "contexts": list(one.contexts)}
