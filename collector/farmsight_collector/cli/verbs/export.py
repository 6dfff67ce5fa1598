"""`farmsight export`: everything of a kind, for other tools."""

import argparse
import csv
import io

from farmsight_collector.cli import intervals_output
from farmsight_collector.cli.findings_output import SEVERITIES, finding_json, instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_wire.v1 import query_pb2


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("facts", "findings"), help="what to export")
    parser.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="JSON lines (default) or CSV")


def _run(asking: Asking) -> int:
    as_csv = asking.arguments.format == "csv" and not asking.arguments.json
    if as_csv:
        heads = intervals_output.HEADS if asking.arguments.what == "facts" else _FINDING_HEADS
        asking.out.raw(_csv_line(heads))
    for response in asking.stub.Export(query_pb2.ExportRequest(scope=asking.scope(), what=asking.arguments.what)):
        if response.HasField("fact"):
            if as_csv:
                asking.out.raw(_csv_line(intervals_output.row(response.fact)))
            else:
                asking.out.json_line(intervals_output.as_json(response.fact))
        elif as_csv:
            asking.out.raw(_csv_line(_finding_row(response.finding)))
        else:
            asking.out.json_line(finding_json(response.finding))
    return 0


_FINDING_HEADS = ("id", "code", "severity", "subject", "servers", "title", "since", "closed", "caused_by")


def _finding_row(finding: query_pb2.Finding) -> tuple[str, ...]:
    return (
        finding.id,
        finding.code,
        SEVERITIES.get(finding.severity, ""),
        finding.subject,
        " ".join(finding.servers),
        finding.title,
        instant(finding.since) or "",
        instant(finding.closed) or "",
        finding.caused_by,
    )


def _csv_line(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    # A cell that a spreadsheet would run as a formula is given as text.
    csv.writer(buffer).writerow([f"'{cell}" if cell[:1] in "=+-@\t" else cell for cell in cells])
    return buffer.getvalue()


VERB = Verb(
    name="export",
    help="all facts or findings as JSON lines or CSV",
    description="Streams everything as of the instant. Example: farmsight export facts --format csv > facts.csv",
    add_arguments=_arguments,
    run=_run,
)
