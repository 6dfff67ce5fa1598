"""`farmsight diff`: what changed between two instants."""

import argparse

from farmsight_collector.cli import intervals_output
from farmsight_collector.cli.findings_output import finding_json, instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_collector.clock import timestamp
from farmsight_wire.v1 import query_pb2


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("earlier", metavar="FROM", help="the earlier instant, e.g. 2h")
    parser.add_argument("later", metavar="TO", nargs="?", help="the later instant (default: --at, or now)")


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    request = query_pb2.DiffRequest(scope=asking.scope())
    getattr(request, "from").CopyFrom(timestamp(asking.instant(arguments.earlier)))
    if arguments.later:
        request.scope.as_of.CopyFrom(timestamp(asking.instant(arguments.later)))
    response = asking.stub.Diff(request)
    if arguments.json:
        asking.out.json(
            {
                "schema": "farmsight.diff/1",
                "farm": response.farm,
                "from": instant(getattr(response, "from")),
                "to": instant(response.to),
                "began": [intervals_output.as_json(one) for one in response.began],
                "ended": [intervals_output.as_json(one) for one in response.ended],
                "opened": [finding_json(one) for one in response.opened],
                "closed": [finding_json(one) for one in response.closed],
            }
        )
        return 0
    _print(asking, response)
    return 0


def _print(asking: Asking, response: query_pb2.DiffResponse) -> None:
    out = asking.out
    out.line(f"{response.farm}  {instant(getattr(response, 'from'))} -> {instant(response.to)}")
    rows: list[tuple[str | tuple[str, str], ...]] = [
        *((("-", "error"), *intervals_output.row(one)[2:]) for one in response.ended),
        *((("+", "ok"), *intervals_output.row(one)[2:]) for one in response.began),
    ]
    if rows:
        out.table(("", *intervals_output.HEADS[2:]), sorted(rows, key=lambda row: tuple(map(str, row[1:4]))))
    for finding in response.opened:
        out.line(f"opened  {finding.code}: {finding.title}", "error")
    for finding in response.closed:
        out.line(f"closed  {finding.code}: {finding.title}", "ok")
    if not rows and not response.opened and not response.closed:
        out.line("nothing changed", "ok")


VERB = Verb(
    name="diff",
    help="what changed between two instants",
    description="Lists facts that began and ended, findings that opened and closed.\nExample: farmsight diff 2h",
    add_arguments=_arguments,
    run=_run,
)
