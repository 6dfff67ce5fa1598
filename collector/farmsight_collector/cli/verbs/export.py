"""`farmsight export`: what any question answers, for other tools."""

import argparse
import sys
from pathlib import Path

from farmsight_collector.cli import exports
from farmsight_collector.cli.findings_output import SEVERITY_BY_WORD
from farmsight_collector.cli.replacing import replacing
from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.export.writers import WRITERS, NotInstalledError
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_NAME, ROLES, TRENDS


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=list(exports.EXPORTS), help="what to export")
    parser.add_argument("--format", choices=list(WRITERS), default="jsonl", help="(default: jsonl, an object a line)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write here instead of to standard output")
    parser.add_argument("--series", choices=list(TRENDS), metavar="SERIES", help=f"of trend: {', '.join(TRENDS)}")
    parser.add_argument("--about", metavar="WHAT", help="of history: a server, certificate, URL, binding")
    parser.add_argument("--from", dest="since", metavar="TIME", help="of history, changes and trend: from when")
    parser.add_argument("--server", help="only this server")
    parser.add_argument("--role", choices=ROLES, help="of compare: the servers of this role")
    parser.add_argument("--kind", choices=list(KIND_BY_NAME), help="only facts of this kind")
    parser.add_argument("--context", choices=[name for name in CONTEXT_BY_NAME if name], help="only of this account")
    parser.add_argument("--key", metavar="TEXT", help="only keys that contain this text")
    parser.add_argument("--contains", metavar="TEXT", help="of changes: only with this text")
    parser.add_argument("--severity", choices=list(SEVERITY_BY_WORD), help="of changes: findings from this one on")
    parser.add_argument("--only", choices=("facts", "findings", "agents"), action="append", help="of changes")
    parser.add_argument("--points", type=int, default=60, help="of trend: points a line, about (default: 60)")
    parser.add_argument("--lines", type=int, default=2000, help="of trend: lines at most (default: 2000)")


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    form = "jsonl" if arguments.json else arguments.format
    if form == "parquet" and arguments.output is None and sys.stdout.isatty():
        raise InputError("Parquet is nothing for a terminal; give --output FILE")
    table = exports.EXPORTS[arguments.what](asking)
    try:
        if arguments.output is None:
            asking.out.flush()
            WRITERS[form](table, asking.out.binary)
            asking.out.flush()
        else:
            with replacing(arguments.output) as file:
                WRITERS[form](table, file)
    except NotInstalledError as error:
        raise InputError(str(error)) from None
    return 0


VERB = Verb(
    name="export",
    help="what any question answers, as CSV, JSON or Parquet",
    description=(
        "Streams facts, findings, history, changes, trends, forecasts, comparisons, servers, what is unknown, or the\n"
        "ways of the topology. Cells that a spreadsheet would run are text; Parquet has typed columns, times in UTC.\n"
        "Example: farmsight export trend --series retrieval-duration-ms --from 90d --format parquet --output t.parquet"
    ),
    add_arguments=_arguments,
    run=_run,
)
