"""What the page shows, in plain values: everything that the templates name, and nothing that is drawn yet."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from farmsight_collector.cli.findings_output import instant as iso
from farmsight_collector.clock import timestamp
from farmsight_collector.model.mode import Mode, farm_mode, server_mode
from farmsight_collector.model.view import Farm
from farmsight_collector.queries import status
from farmsight_collector.report.chains import chains
from farmsight_collector.report.checks import checks
from farmsight_collector.report.comparison import comparisons
from farmsight_collector.report.grids import grid
from farmsight_collector.report.map import graph
from farmsight_collector.report.retrieval_matrix import matrix
from farmsight_collector.report.source import COLLECTOR, FILES, Seen, Source
from farmsight_collector.shown.findings import Cause, causes
from farmsight_collector.shown.picture import roles
from farmsight_collector.shown.sign_ins import sign_in
from farmsight_collector.shown.summary import counts, every, headline
from farmsight_collector.shown.texts import instant
from farmsight_collector.shown.unknowns import unknowns
from farmsight_collector.version import VERSION

_MODES: Final = {Mode.CLASSIC: "49443", Mode.ALTERNATE: "certauth", Mode.UNKNOWN: "unknown"}


def view(source: Source) -> dict[str, Any]:
    """Return everything that the templates name."""
    farm = source.picture.farm
    found = causes(sorted(source.findings, key=lambda one: -one.severity))
    counted = counts(one.severity for one in every(found))
    as_of = iso(timestamp(farm.as_of)) or ""
    return {
        "kind": source.kind,
        "farm": farm.name,
        "farm_reason": source.farm_reason,
        "as_of": instant(as_of),
        "now": as_of,
        "history": source.kind == COLLECTOR or source.changes is not None,
        "verdict": headline(status.verdict(source.picture, status.things(source.unknown)), found),
        "counts": counted,
        "mode": _mode(farm),
        "roles": roles(one.role for one in source.servers),
        "captured": _captured(source.servers),
        "silent": [one.server for one in source.servers if one.silent],
        "files": sum(len(one.files) for one in source.servers),
        "causes": found,
        "findings": sum(count for _, count in counted),
        "checks": checks(source.picture, found),
        "signins": [sign_in(n, one.file, one.answer, source.findings) for n, one in enumerate(source.traces, 1)],
        "map": graph(source),
        "servers": _servers(source, found),
        "changes": source.changes,
        "comparisons": comparisons(farm),
        **_grids(source),
        "unknown": unknowns(source.lacking, source.unknown, [one.server for one in source.servers]),
        "untold": status.untold(source.unknown),
        "undecided": len({item.code for item in source.unknown if item.code}),
        "leftovers": list(source.leftovers),
        "notes": list(source.notes),
        "redacted": False,
        "version": VERSION,
    }


def _mode(farm: Farm) -> dict[str, str]:
    told = farm_mode(farm)
    return {"farm": _MODES[told.mode], "reason": told.reason}


def _grids(source: Source) -> dict[str, Any]:
    fetched, judged = matrix(source.picture.farm), chains(source.picture.farm)
    files = source.kind == FILES  # an agent's readings have no line that could be looked up
    return {
        "retrievals": grid(fetched.columns, [(row, row.cells) for row in fetched.rows], references=files),
        "chains": grid(judged.columns, [(row, row.cells) for row in judged.rows], references=files),
    }


def _captured(servers: Iterable[Seen]) -> dict[str, str]:
    taken = sorted(at for one in servers for at in one.times)
    return {"first": taken[0], "last": taken[-1]} if taken else {"first": "", "last": ""}


def _servers(source: Source, found: Sequence[Cause]) -> list[dict[str, Any]]:
    farm = source.picture.farm
    asking = {one.name: server_mode(farm, one) for one in farm.of_role("adfs", "wap", "proxy")}
    rows = []
    for one in source.servers:
        told = asking.get(one.server)
        here = [its for its in every(found) if one.server in its.servers]
        rows.append(
            {
                "seen": one,
                "mode": {"mode": _MODES[told.mode], "reason": told.reason} if told else None,
                "counts": counts(its.severity for its in here),
                "causes": [cause.number for cause in found if _concerns(cause, one.server)],
            }
        )
    return rows


def _concerns(cause: Cause, name: str) -> bool:
    return name in cause.finding.servers or any(name in alike.servers for alike in cause.symptoms)
