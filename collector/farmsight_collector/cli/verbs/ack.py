"""`farmsight ack`: somebody takes care of a finding, and alerts are quiet about it meanwhile."""

import argparse

from farmsight_collector.cli.findings_output import instant
from farmsight_collector.cli.operating import SPAN, operations, operator, until
from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.clock import timestamp
from farmsight_wire.v1 import operation_pb2


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("finding", nargs="?", help="its id, or the beginning of it, or a code that one finding has")
    parser.add_argument("--for", dest="span", metavar="SPAN", help=f"how long: {SPAN}; at most 30d")
    parser.add_argument("--until", metavar="TIME", help="until when, such as 2026-11-28T06:00Z")
    parser.add_argument("--note", default="", metavar="TEXT", help="what others should know")
    parser.add_argument("--withdraw", action="store_true", help="take it back")
    parser.add_argument("--list", action="store_true", help="print the acknowledgements in force")
    parser.add_argument("--all", action="store_true", help="with --list: those that ended, too")


def _run(asking: Asking) -> int:
    given = asking.arguments
    if given.list:
        return _list(asking)
    if not given.finding:
        raise InputError("say which finding: its id, as findings -v prints it, or its code; or --list")
    if given.withdraw:
        operations(asking).WithdrawAcknowledgement(
            operation_pb2.WithdrawAcknowledgementRequest(farm=given.farm or "", finding=given.finding, by=operator())
        )
        _say(asking, {"finding": given.finding, "state": "withdrawn"}, f"{given.finding}: alerts speak of it again")
        return 0
    request = operation_pb2.AcknowledgeRequest(
        farm=given.farm or "",
        finding=given.finding,
        until=timestamp(until(asking, asking.now)),
        note=given.note,
        by=operator(),
    )
    made = operations(asking).Acknowledge(request).acknowledgement
    said = f"{made.finding}: quiet until {instant(made.until)}, unless it worsens or closes: {made.title}"
    _say(asking, _json(made), said)
    return 0


def _list(asking: Asking) -> int:
    request = operation_pb2.ListAcknowledgementsRequest(
        farm=asking.arguments.farm or "", ended_too=asking.arguments.all
    )
    answer = operations(asking).ListAcknowledgements(request)
    if asking.arguments.json:
        shown = [_json(one) for one in answer.acknowledgements]
        asking.out.json({"schema": "farmsight.acknowledgements/1", "farm": answer.farm, "acknowledgements": shown})
        return 0
    if not answer.acknowledgements:
        asking.out.line("nothing is acknowledged")
        return 0
    rows = [
        (one.finding, one.by, instant(one.until) or "", one.ended_why or "in force", one.title, one.note)
        for one in answer.acknowledgements
    ]
    asking.out.table(("FINDING", "BY", "UNTIL", "STATE", "TITLE", "NOTE"), rows)
    return 0


def _json(one: operation_pb2.Acknowledgement) -> dict[str, object]:
    return {
        "finding": one.finding,
        "title": one.title,
        "by": one.by,
        "note": one.note,
        "made": instant(one.made),
        "until": instant(one.until),
        "ended": instant(one.ended) if one.HasField("ended") else None,
        "ended_why": one.ended_why or None,
    }


def _say(asking: Asking, content: dict[str, object], line: str) -> None:
    if asking.arguments.json:
        asking.out.json({"schema": "farmsight.acknowledgement/1", **content})
    else:
        asking.out.line(line)


VERB = Verb(
    name="ack",
    help="take care of a finding: alerts are quiet about it for a while",
    description="Acknowledges a finding. Nothing more is told of it until the time is up, unless it worsens or\n"
    "closes. The finding itself stays as it is. Takes the role operator.\n\n"
    "  farmsight ack store.issuing-ca-missing --for 4h --note 'CRL is being published'",
    add_arguments=_arguments,
    run=_run,
)
