"""What the page shows, in plain values."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.offline.document import document, response
from farmsight_collector.offline.html.chains import chains
from farmsight_collector.offline.html.changes import changes
from farmsight_collector.offline.html.comparison import comparisons
from farmsight_collector.offline.html.grids import grid
from farmsight_collector.offline.html.map import picture
from farmsight_collector.offline.retrieval_matrix import matrix
from farmsight_collector.shown.findings import Cause, causes
from farmsight_collector.shown.sign_ins import sign_in
from farmsight_collector.shown.summary import counts, every, headline
from farmsight_collector.shown.texts import instant
from farmsight_collector.shown.unknowns import unknowns
from farmsight_collector.version import VERSION

_ROLES: Final = {"adfs": "AD FS", "wap": "WAP", "proxy": "proxy", "vantage": "vantage point"}


def view(analysis: Analysis) -> dict[str, Any]:
    """Return everything that the template names."""
    whole, told = document(analysis), response(analysis)
    found = causes(told.findings)
    counted = counts(one.severity for one in every(found))
    fetched, judged = matrix(analysis.picture.farm), chains(analysis.picture.farm)
    names = [one["server"] for one in whole["evidence"]]
    return {
        "farm": whole["farm"],
        "farm_reason": whole["farm_reason"].replace(" - of ", " of "),  # of a fact without a key
        "as_of": instant(whole["as_of"]),
        "now": whole["as_of"],
        "verdict": headline(whole["verdict"], found),
        "counts": counted,
        "mode": whole["mode"],
        "roles": _roles(whole["evidence"]),
        "captured": _captured(whole["evidence"]),
        "files": sum(len(one["files"]) for one in whole["evidence"]),
        "causes": found,
        "findings": sum(count for _, count in counted),
        "signins": [sign_in(n, one.file, one.answer, told.findings) for n, one in enumerate(analysis.traces, 1)],
        "map": picture(analysis),
        "servers": _servers(whole, found),
        "changes": changes(analysis),
        "comparisons": comparisons(analysis.picture.farm),
        "retrievals": grid(fetched.columns, [(row, row.cells) for row in fetched.rows]),
        "chains": grid(judged.columns, [(row, row.cells) for row in judged.rows]),
        "unknown": unknowns(whole["lacking"], told.unknown, names),
        "untold": len({(item.server, item.probe, item.part, item.context) for item in told.unknown}),
        "undecided": len({item.code for item in told.unknown if item.code}),
        "leftovers": whole["not_understood"],
        "notes": whole["notes"],
        "version": VERSION,
    }


def _roles(evidence: Iterable[Mapping[str, Any]]) -> list[tuple[str, int]]:
    counted = Counter(one["role"] or "" for one in evidence)
    return [(_ROLES.get(role, role or "of unknown role"), count) for role, count in counted.items()]


def _captured(evidence: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    taken = sorted(at for one in evidence for at in one["taken"])
    return {"first": instant(taken[0]), "last": instant(taken[-1])} if taken else {"first": "", "last": ""}


def _servers(whole: Mapping[str, Any], found: Sequence[Cause]) -> list[dict[str, Any]]:
    modes = {one["server"]: one for one in whole["mode"]["servers"]}
    rows = []
    for row in whole["evidence"]:
        name = row["server"]
        here = [one for one in every(found) if name in one.servers]
        rows.append(
            row
            | {
                "mode": modes.get(name),
                "times": [instant(at) for at in reversed(row["taken"])],
                "counts": counts(one.severity for one in here),
                "causes": [cause for cause in found if _concerns(cause, name)],
            }
        )
    return rows


def _concerns(cause: Cause, name: str) -> bool:
    return name in cause.finding.servers or any(name in alike.servers for alike in cause.symptoms)
