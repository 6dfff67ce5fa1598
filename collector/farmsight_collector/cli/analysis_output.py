"""An analysis as text for people: verdict, servers, findings, what could not be looked at, what was not understood."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from farmsight_collector.cli.findings_output import print_findings
from farmsight_collector.cli.output import Output
from farmsight_collector.model.mode import Mode, farm_mode
from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.offline.document import response, verdict
from farmsight_collector.offline.filling import UNKNOWN_ROLE
from farmsight_collector.offline.lacking import Lack, lacking
from farmsight_collector.offline.reading import Captured, Leftover
from farmsight_wire.v1 import query_pb2

_SHOWN: Final = 25
_MODES: Final = {
    Mode.CLASSIC: "certificates are asked for on a port of their own",
    Mode.ALTERNATE: "certificates are asked for at certauth on 443",
    Mode.UNKNOWN: "where certificates are asked for is not known",
}


def print_analysis(out: Output, analysis: Analysis, *, details: bool) -> None:
    """Print the whole."""
    farm = analysis.picture.farm
    mode = farm_mode(farm)
    out.line(f"{farm.name} as of {_time(farm.as_of)}: {verdict(analysis)}")
    out.line(f"({analysis.farm_reason}; {_MODES[mode.mode]}: {mode.reason})")
    out.line()
    _servers(out, analysis.servers)
    out.line()
    told = response(analysis)
    rest = [one for one in told.unknown if not _is_lack(one)]
    del told.unknown[:]
    told.unknown.extend(rest)
    print_findings(out, told, details=details)
    _lacks(out, list(lacking(farm)))
    _leftovers(out, analysis.leftovers)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def _servers(out: Output, servers: Sequence[Captured]) -> None:
    rows = []
    for one in servers:
        taken = _time(one.taken[-1]) if one.taken else "not known"
        more = f" and {len(one.taken) - 1} earlier" if len(one.taken) > 1 else ""
        source = "" if one.time_is_told else " (file date)"
        role: str | tuple[str, str] = one.role or (UNKNOWN_ROLE, "warning")
        rows.append((one.name, role, one.role_reason, f"{taken}{source}{more}", str(len(one.files))))
    out.table(("server", "role", "because", "taken", "files"), rows)


def _is_lack(item: query_pb2.UnknownItem) -> bool:
    return "file-missing" in item.reason or "not-collected" in item.reason


def _lacks(out: Output, lacks: Sequence[Lack]) -> None:
    if not lacks:
        return
    out.line()
    out.line(f"could not be looked at ({len(lacks)}):", "unknown")
    for one in lacks[:_SHOWN]:
        contexts = f" as {', '.join(one.contexts)}" if one.contexts else ""
        out.line(f"    {one.server}: no `{one.command}`{contexts}; run: {one.run}")
    if len(lacks) > _SHOWN:
        out.line(f"    and {len(lacks) - _SHOWN} more; --json shows all")


def _leftovers(out: Output, leftovers: Sequence[Leftover]) -> None:
    if not leftovers:
        return
    out.line()
    out.line(f"files that say nothing here ({len(leftovers)}):", "unknown")
    for one in leftovers[:_SHOWN]:
        place = f"{one.file}:{one.line}" if one.line else one.file
        near = f"; it resembles {one.resembles}" if one.resembles else ""
        out.line(f"    {place}: {one.reason}{f': {one.detail}' if one.detail else ''}{near}")
    if len(leftovers) > _SHOWN:
        out.line(f"    and {len(leftovers) - _SHOWN} more; --json shows all")
