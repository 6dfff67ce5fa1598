"""`farmsight maintenance`: alerts of some servers, or of the whole farm, are held back for a while."""

import argparse

from farmsight_collector.cli.findings_output import instant
from farmsight_collector.cli.operating import SPAN, operations, operator, until
from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.clock import timestamp
from farmsight_wire.v1 import operation_pb2


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("add", "list", "end"), help="what to do")
    parser.add_argument("number", nargs="?", help="of the window that ends, as list prints it")
    parser.add_argument(
        "--server", action="append", default=[], metavar="NAME", help="of this server (repeatable; none: of the farm)"
    )
    parser.add_argument("--from", dest="begins", metavar="TIME", help="from when (now)")
    parser.add_argument("--for", dest="span", metavar="SPAN", help=f"how long: {SPAN}; at most 30d")
    parser.add_argument("--until", metavar="TIME", help="until when, such as 2026-11-28T06:00Z")
    parser.add_argument("--note", default="", metavar="TEXT", help="what others should know")
    parser.add_argument("--all", action="store_true", help="with list: those that are over, too")


def _run(asking: Asking) -> int:
    return {"add": _add, "list": _list, "end": _end}[asking.arguments.what](asking)


def _add(asking: Asking) -> int:
    given = asking.arguments
    begins = asking.instant(given.begins) if given.begins else asking.now
    request = operation_pb2.AddMaintenanceRequest(
        farm=given.farm or "",
        servers=given.server,
        begins=timestamp(begins) if given.begins else None,
        ends=timestamp(until(asking, begins)),
        note=given.note,
        by=operator(),
    )
    window = operations(asking).AddMaintenance(request).window
    said = f"{window.id}: {_of(window)} from {instant(window.begins)} to {instant(window.ends)}"
    _say(asking, window, f"{said}; what is still so then is told summed up")
    return 0


def _end(asking: Asking) -> int:
    number = asking.arguments.number or ""
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise InputError("say which window: its number, as farmsight maintenance list prints it")
    request = operation_pb2.EndMaintenanceRequest(id=int(number), by=operator())
    window = operations(asking).EndMaintenance(request).window
    _say(asking, window, f"{window.id}: over; what is still so is told now")
    return 0


def _list(asking: Asking) -> int:
    request = operation_pb2.ListMaintenanceRequest(farm=asking.arguments.farm or "", ended_too=asking.arguments.all)
    answer = operations(asking).ListMaintenance(request)
    if asking.arguments.json:
        windows = [_json(one) for one in answer.windows]
        asking.out.json({"schema": "farmsight.maintenance-windows/1", "windows": windows})
        return 0
    if not answer.windows:
        asking.out.line("no maintenance")
        return 0
    rows = [
        (str(one.id), one.farm, _of(one), instant(one.begins) or "", instant(one.ends) or "", one.by, one.note)
        for one in answer.windows
    ]
    asking.out.table(("NUMBER", "FARM", "OF", "FROM", "TO", "BY", "NOTE"), rows)
    return 0


def _of(window: operation_pb2.MaintenanceWindow) -> str:
    return ", ".join(window.servers) or "the whole farm"


def _json(one: operation_pb2.MaintenanceWindow) -> dict[str, object]:
    return {
        "number": one.id,
        "farm": one.farm,
        "servers": list(one.servers),
        "begins": instant(one.begins),
        "ends": instant(one.ends),
        "by": one.by,
        "note": one.note,
        "ended_by": one.ended_by or None,
    }


def _say(asking: Asking, window: operation_pb2.MaintenanceWindow, line: str) -> None:
    if asking.arguments.json:
        asking.out.json({"schema": "farmsight.maintenance-window/1", **_json(window)})
    else:
        asking.out.line(line)


VERB = Verb(
    name="maintenance",
    help="hold alerts back while servers are worked on",
    description="Alerts about findings whose servers are all in the window, and about their agents, are held back; at\n"
    "its end one message says what is still so. Findings stay visible. Takes the role operator.\n\n"
    "  farmsight maintenance add --server WAP01 --for 2h --note patches",
    add_arguments=_arguments,
    run=_run,
)
