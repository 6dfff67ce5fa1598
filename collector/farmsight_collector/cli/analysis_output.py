"""An analysis as text for people: verdict, servers, findings, what could not be looked at, what was not understood."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from farmsight_collector.cli.findings_output import print_findings
from farmsight_collector.cli.output import Output
from farmsight_collector.cli.trace_text import print_trace
from farmsight_collector.cli.unknown_output import Places, names_of
from farmsight_collector.model.mode import Mode, farm_mode
from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.offline.document import response, verdict
from farmsight_collector.offline.filling import UNKNOWN_ROLE
from farmsight_collector.offline.lacking import LACKS, Lack, lacking
from farmsight_collector.offline.reading import Captured, Leftover
from farmsight_wire.v1 import query_pb2

_SHOWN: Final = 25
_SCRIPT: Final = "Collect-FarmsightEvidence.ps1"
_STORE_LINE: Final = "certutil -store NAME > %computername%_store_NAME.txt"
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
    for one in analysis.traces:
        out.line(f"the sign-in with {one.file}:")
        print_trace(out, one.answer, details=details)
        out.line()
    if analysis.traces:
        out.line("findings:")
    told = response(analysis)
    lacks = list(lacking(farm, analysis.picture.evaluation.unknown))
    rest = _others(told.unknown, lacks, [one.name for one in farm.servers])
    del told.unknown[:]
    told.unknown.extend(rest)
    print_findings(out, told, details=details)
    _print_lacks(out, lacks, len(farm.servers))
    _notes(out, analysis)
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
    unjudged = [one.name for one in servers if not one.role]
    if unjudged:
        out.line(f"not judged, since the role is not known: {', '.join(unjudged)}; give --role NAME=ROLE", "warning")


def _others(
    items: Iterable[query_pb2.UnknownItem], lacks: Iterable[Lack], servers: Collection[str]
) -> list[query_pb2.UnknownItem]:
    """Return what is not known for another reason than a command to run, or a role to give, which stand elsewhere."""
    places = Places(servers)
    lacking_parts = {(one.server, part) for one in lacks for part in one.parts}
    return [
        item
        for item in items
        if not any(reason in item.reason for reason in (*LACKS, "role-unknown"))
        and places.told(item)[:2] not in lacking_parts
    ]


def _print_lacks(out: Output, lacks: Sequence[Lack], servers: int) -> None:
    """Print the lines to run, each once, below the servers that they are to be run on."""
    if not lacks:
        return
    by_servers: dict[tuple[str, ...], list[str]] = {}
    for line, where in _lines(lacks):
        by_servers.setdefault(where, []).append(line)
    out.line()
    out.line(f"could not be looked at ({sum(map(len, by_servers.values()))}); {_SCRIPT} gathers it all:", "unknown")
    for where, lines in sorted(by_servers.items(), key=lambda one: -len(one[0])):
        out.line(f"    on {names_of(where, servers)}:")
        for line in lines:
            out.line(f"        {line}")


def _lines(lacks: Sequence[Lack]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each line to run with the servers; one line for all stores that lack on the same servers."""
    places: dict[tuple[str, tuple[str, ...]], list[Lack]] = {}
    for one in lacks:
        line = _STORE_LINE if one.store else one.anywhere
        places.setdefault((line, () if one.store else one.contexts), []).append(one)
    for (line, contexts), alike in places.items():
        whose = f"    (as {', '.join(contexts)})" if contexts else ""
        if line != _STORE_LINE:
            tells = f"    (tells {', '.join(alike[0].parts)})" if _SCRIPT in line else whose
            yield f"{line}{tells}", tuple(dict.fromkeys(one.server for one in alike))
            continue
        stores: dict[tuple[str, ...], list[str]] = {}
        for store in dict.fromkeys(one.store for one in alike):
            where = tuple(dict.fromkeys(one.server for one in alike if one.store == store))
            stores.setdefault(where, []).append(store)
        for where, names in stores.items():
            yield f"{line}    (NAME: {', '.join(names)})", where


def _notes(out: Output, analysis: Analysis) -> None:
    """Print what was assumed, but for the roles, which the table has."""
    told = [one for one in analysis.notes if not any(one.startswith(f"{s.name}: role ") for s in analysis.servers)]
    if not told:
        return
    out.line()
    out.line(f"to know ({len(told)}):", "unknown")
    for one in told[:_SHOWN]:
        out.line(f"    {one}")
    if len(told) > _SHOWN:
        out.line(f"    and {len(told) - _SHOWN} more; --json shows all")


def _leftovers(out: Output, leftovers: Sequence[Leftover]) -> None:
    """Print what says nothing here, files with the same reason in one line."""
    if not leftovers:
        return
    alike: dict[str, list[str]] = {}
    for one in leftovers:
        near = f"; it resembles {one.resembles}" if one.resembles else ""
        place = f"{one.file}:{one.line}" if one.line else one.file
        alike.setdefault(f"{one.reason}{f': {one.detail}' if one.detail else ''}{near}", []).append(place)
    out.line()
    out.line(f"files that say nothing here ({len(leftovers)}):", "unknown")
    for reason, places in list(alike.items())[:_SHOWN]:
        out.line(f"    {names_of(places)}: {reason}")
    if len(alike) > _SHOWN:
        out.line(f"    and {len(alike) - _SHOWN} reasons more; --json shows all")
