"""`farmsight history`: what was so, from when until when."""

import argparse
from collections.abc import Iterator
from typing import Any

from farmsight_collector.cli import intervals_output
from farmsight_collector.cli.findings_output import SEVERITIES, instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_collector.clock import timestamp
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_NAME


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add what history is filtered by."""
    parser.add_argument("--kind", choices=list(KIND_BY_NAME), help="only facts of this kind")
    parser.add_argument("--key", metavar="TEXT", help="only keys that contain this text (a thumbprint, a URL, ...)")
    parser.add_argument("--from", dest="since", metavar="TIME", default="7d", help="from when (default: 7d ago)")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "about",
        nargs="?",
        metavar="WHAT",
        help="a server, a certificate (thumbprint or subject), a URL, a binding, a finding (its id or code)",
    )
    add_filters(parser)


def asked(asking: Asking, about: str) -> query_pb2.ListHistoryRequest:
    """Return the request that the options make."""
    arguments = asking.arguments
    request = query_pb2.ListHistoryRequest(
        scope=asking.scope(), about=about, kind=arguments.kind or "", key_contains=arguments.key or ""
    )
    getattr(request, "from").CopyFrom(timestamp(asking.since(arguments.since)))
    return request


def pages(asking: Asking, request: query_pb2.ListHistoryRequest) -> Iterator[query_pb2.ListHistoryResponse]:
    """Yield the pages of the answer, the last intervals first."""
    while True:
        response = asking.stub.ListHistory(request)
        yield response
        if not response.next_page_token:
            return
        request.page_token = response.next_page_token


def _run(asking: Asking) -> int:
    told = query_pb2.ListHistoryResponse()
    for page in pages(asking, asked(asking, asking.arguments.about or "")):
        told.farm, told.about = page.farm, page.about
        told.intervals.extend(page.intervals)
        told.findings.extend(page.findings)
    if asking.arguments.json:
        rows = [intervals_output.as_json(interval) for interval in told.intervals]
        document = {"schema": "farmsight.history/1", "farm": told.farm, "intervals": rows}
        if told.about == "finding":
            document["findings"] = [spell_json(one) for one in told.findings]
        asking.out.json(document)
    elif told.about == "finding":
        _print_lives(asking, told)
    elif told.intervals or not told.about:
        asking.out.table(intervals_output.HEADS, map(intervals_output.row, told.intervals))
    else:
        asking.out.line(f"no fact of that span names this {told.about}: {asking.arguments.about}")
    return 0


def _print_lives(asking: Asking, told: query_pb2.ListHistoryResponse) -> None:
    if not told.findings:
        asking.out.line("not open in that span")
    for one in told.findings:
        state = SEVERITIES.get(one.severity, "")
        closed = instant(one.closed) or "open still"
        asking.out.line(f"{instant(one.opened)} -> {closed}  {state}  {one.code}: {one.title}", state)
        rows = [
            (instant(step.at) or "", step.change, SEVERITIES.get(step.severity, ""), " ".join(step.servers), step.title)
            for step in one.steps
        ]
        if rows:
            asking.out.table(("at", "change", "severity", "servers", "title"), rows)


def spell_json(one: query_pb2.FindingSpell) -> dict[str, Any]:
    """Return when a finding was open, and what became of it meanwhile, for programs."""
    return {
        "id": one.id,
        "code": one.code,
        "severity": SEVERITIES.get(one.severity),
        "subject": one.subject,
        "title": one.title,
        "servers": list(one.servers),
        "since": instant(one.since),
        "opened": instant(one.opened),
        "closed": instant(one.closed),
        "steps": [
            {
                "at": instant(step.at),
                "change": step.change,
                "severity": SEVERITIES.get(step.severity),
                "title": step.title,
                "servers": list(step.servers),
            }
            for step in one.steps
        ],
    }


VERB = Verb(
    name="history",
    help="what was so, from when until when",
    description=(
        "Lists facts as intervals of time, newest first: of the farm, or of what is named; of a finding its life.\n"
        "Examples: farmsight history WAP02 --kind retrieval      farmsight history crl.expired --from 90d"
    ),
    add_arguments=_arguments,
    run=_run,
)
