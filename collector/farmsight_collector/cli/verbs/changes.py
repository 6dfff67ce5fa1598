"""`farmsight changes`: what changed, who saw it, and what changed first before the first failure."""

import argparse
from collections.abc import Iterator
from typing import Any

from farmsight_collector.cli.findings_output import SEVERITIES, SEVERITY_BY_WORD, instant, preceding_json
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_collector.clock import timestamp
from farmsight_collector.model.words import names
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, CONTEXT_NAMES, KIND_BY_NAME

MOST = 1000  # that are shown unless more are asked for
_STATES = {"opened": "error", "worsened": "error", "spread": "error", "ended": "warning", "silent": "warning",
           "closed": "ok", "returned": "ok", "eased": "ok"}  # fmt: skip


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add what the log is filtered by."""
    parser.add_argument("--server", help="only what is of this server")
    parser.add_argument("--kind", choices=list(KIND_BY_NAME), help="only facts of this kind")
    parser.add_argument("--context", choices=[name for name in CONTEXT_BY_NAME if name], help="only of this account")
    parser.add_argument("--contains", metavar="TEXT", help="only with this text: a URL, a thumbprint, a code, a word")
    parser.add_argument("--severity", choices=list(SEVERITY_BY_WORD), help="only findings of this severity and above")
    parser.add_argument("--only", choices=("facts", "findings", "agents"), action="append", help="may be repeated")
    parser.add_argument("--from", dest="since", metavar="TIME", default="7d", help="from when (default: 7d ago)")


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_filters(parser)
    parser.add_argument("--most", type=int, default=MOST, metavar="N", help=f"changes to show (default: {MOST})")


def asked(asking: Asking) -> query_pb2.ListChangesRequest:
    """Return the request that the options make."""
    arguments = asking.arguments
    request = query_pb2.ListChangesRequest(
        scope=asking.scope(),
        server=arguments.server or "",
        kind=arguments.kind or "",
        context=arguments.context or "",
        contains=arguments.contains or "",
        at_least=SEVERITY_BY_WORD.get(arguments.severity or "", query_pb2.SEVERITY_UNSPECIFIED),
        of=arguments.only or (),
    )
    getattr(request, "from").CopyFrom(timestamp(asking.since(arguments.since)))
    return request


def pages(asking: Asking, request: query_pb2.ListChangesRequest) -> Iterator[query_pb2.ListChangesResponse]:
    """Yield the pages of the answer, the last changes first."""
    while True:
        response = asking.stub.ListChanges(request)
        yield response
        if not response.next_page_token:
            return
        request.page_token = response.next_page_token
        if not request.scope.HasField("as_of"):
            request.scope.as_of.CopyFrom(response.to)  # all pages are of one instant


def _run(asking: Asking) -> int:
    changes: list[query_pb2.Change] = []
    head, more = query_pb2.ListChangesResponse(), False
    for page in pages(asking, asked(asking)):
        head = page if not head.farm else head
        changes.extend(page.changes)
        more = bool(page.next_page_token)
        if len(changes) >= max(1, asking.arguments.most):
            break
    if asking.arguments.json:
        asking.out.json(_document(head, changes, more))
    else:
        _print(asking, head, changes, more)
    return 0


def _print(
    asking: Asking, head: query_pb2.ListChangesResponse, changes: list[query_pb2.Change], more: bool
) -> None:  # fmt: skip
    out = asking.out
    out.line(f"{head.farm}  {instant(getattr(head, 'from'))} -> {instant(head.to)}")
    if changes:
        out.table(("at", "", "where", "what", "change", "seen by"), map(_row, changes))
    else:
        out.line("nothing changed")
    if more:
        out.line("there is more; narrow the span, or give --most")
    first = head.first_failure
    if first.code:
        out.line(f"first failure: {instant(first.at)}  {first.code}: {first.title}", "error")
        change = first.change
        said = f"{instant(change.at)}  {change.server} {change.kind} {change.key}: {change.text}"
        out.line(f"first change before it: {said if first.HasField('change') else first.why_none}")


def _row(one: query_pb2.Change) -> tuple[str | tuple[str, str], ...]:
    context = CONTEXT_NAMES[one.context]
    what = one.code or f"{one.kind or one.of}{f' as {context}' if context else ''} {one.key}"
    return (
        instant(one.at) or "",
        (one.change, _STATES.get(one.change, "")),
        names(list(one.servers)) or "the farm",
        what,
        (f"◄ first change before the first failure: {one.text}" if one.before_failure else one.text),
        one.source,
    )


def change_json(one: query_pb2.Change) -> dict[str, Any]:
    """Return a change for programs."""
    return {
        "at": instant(one.at),
        "of": one.of,
        "change": one.change,
        "servers": list(one.servers),
        "kind": one.kind or None,
        "context": CONTEXT_NAMES[one.context],
        "key": one.key or None,
        "text": one.text,
        "code": one.code or None,
        "finding": one.finding or None,
        "severity": SEVERITIES.get(one.severity),
        "agent": one.agent or None,
        "seen_by": one.source or None,
        "before_first_failure": one.before_failure,
    }


def _document(
    head: query_pb2.ListChangesResponse, changes: list[query_pb2.Change], more: bool
) -> dict[str, Any]:  # fmt: skip
    first = head.first_failure
    return {
        "schema": "farmsight.changes/1",
        "farm": head.farm,
        "from": instant(getattr(head, "from")),
        "to": instant(head.to),
        "changes": [change_json(one) for one in changes],
        "more": more,
        "first_failure": {
            "finding": first.finding,
            "code": first.code,
            "title": first.title,
            "at": instant(first.at),
            "change": preceding_json(first.change) if first.HasField("change") else None,
        }
        if first.code
        else None,
    }


VERB = Verb(
    name="changes",
    help="what changed, who saw it and when",
    description=(
        "Lists facts that began, changed and ended, findings that opened, worsened and closed, and agents that came\n"
        "and went, the last first; marks the first change before the first failure.\n"
        "Example: farmsight changes --server WAP02 --from 'yesterday 14:00'"
    ),
    add_arguments=_arguments,
    run=_run,
)
