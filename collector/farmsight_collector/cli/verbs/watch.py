"""`farmsight watch`: findings as they open, change and close."""

import argparse

from farmsight_collector.cli.findings_output import SEVERITIES, finding_json, instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_wire.v1 import query_pb2

_WORDS = {
    query_pb2.WATCH_EVENT_OPENED: "opened",
    query_pb2.WATCH_EVENT_CHANGED: "changed",
    query_pb2.WATCH_EVENT_CLOSED: "closed",
    query_pb2.WATCH_EVENT_SYNCED: "synced",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--new", action="store_true", help="only what happens from now on, not what is open already")


def _run(asking: Asking) -> int:
    request = query_pb2.WatchRequest(scope=asking.scope(), snapshot_first=not asking.arguments.new)
    for event in asking.stub.Watch(request):
        word = _WORDS.get(event.event, "")
        if asking.arguments.json:
            told = finding_json(event.finding) if event.HasField("finding") else None
            asking.out.json_line({"event": word, "farm": event.farm, "at": instant(event.at), "finding": told})
        elif event.event == query_pb2.WATCH_EVENT_SYNCED:
            asking.out.line("watching; Ctrl-C ends", "unknown")
        else:
            finding = event.finding
            style = "ok" if event.event == query_pb2.WATCH_EVENT_CLOSED else SEVERITIES.get(finding.severity, "")
            where = ", ".join(finding.servers)
            asking.out.line(f"{instant(event.at)}  {word:<8}{finding.code}  [{where}]  {finding.title}", style)
    return 0


VERB = Verb(
    name="watch",
    help="findings as they open, change and close",
    description="Prints what is open, then every change as it happens, until Ctrl-C. --json prints one object a line.",
    add_arguments=_arguments,
    run=_run,
)
