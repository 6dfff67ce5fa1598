"""`farmsight history`: what was so, from when until when."""

import argparse

from farmsight_collector.cli import intervals_output
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_collector.clock import timestamp
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_NAME


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("server", nargs="?", help="only this server")
    parser.add_argument("--kind", choices=list(KIND_BY_NAME), help="only facts of this kind")
    parser.add_argument("--key", metavar="TEXT", help="only keys that contain this text (a thumbprint, a URL, ...)")
    parser.add_argument("--from", dest="since", metavar="TIME", default="7d", help="from when (default: 7d ago)")


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    request = query_pb2.ListHistoryRequest(
        scope=asking.scope(),
        server=arguments.server or "",
        kind=arguments.kind or "",
        key_contains=arguments.key or "",
    )
    getattr(request, "from").CopyFrom(timestamp(asking.instant(arguments.since)))
    intervals: list[query_pb2.FactInterval] = []
    while True:
        response = asking.stub.ListHistory(request)
        intervals.extend(response.intervals)
        if not response.next_page_token:
            break
        request.page_token = response.next_page_token
    if arguments.json:
        rows = [intervals_output.as_json(interval) for interval in intervals]
        asking.out.json({"schema": "farmsight.history/1", "farm": response.farm, "intervals": rows})
    else:
        asking.out.table(intervals_output.HEADS, map(intervals_output.row, intervals))
    return 0


VERB = Verb(
    name="history",
    help="what was so, from when until when",
    description="Lists facts as intervals of time, newest first.\nExample: farmsight history WAP02 --kind retrieval",
    add_arguments=_arguments,
    run=_run,
)
