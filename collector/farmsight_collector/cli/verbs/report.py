"""`farmsight report`: one page of a farm, to read, to print, and to attach to a support case."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import grpc
import shtab

from farmsight_collector.cli import report_output
from farmsight_collector.cli.progress import Progress
from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.model.words import plain
from farmsight_collector.offline.user_certificate import UserCertificateError, read
from farmsight_wire.v1 import query_pb2

_DESCRIPTION: Final = """\
Writes one HTML file with all that is known of a farm, now or at an instant: the verdict, the causes with the symptoms
that they explain, what to do and the evidence, servers by checks, the topology, what changed in the day before, what
differs between servers, every retrieval, and what is not known and why. With a user's certificate, also its sign-in
hop by hop. The file needs nothing else: no network, no script; it prints well. See docs/report.md.

    farmsight report --output farm.html
    farmsight report --at before-first-failure --user-cert alice.cer --output monday.html
    farmsight report --redact --redact-map names.json --output for-support.html

With --redact, names, addresses, serial numbers and thumbprints are replaced, the same thing by the same stand-in
throughout. Look through the page before you send it: a word that nobody could know to be a name stays.

Exit codes: 0 the report was written, 2 the file or the connection was at fault, 130 interrupted.
"""


def _arguments(parser: argparse.ArgumentParser) -> None:
    certificate = parser.add_argument(
        "--user-cert",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a user's certificate (public part): its sign-in is traced; may be repeated",
    )
    certificate.complete = shtab.FILE  # type: ignore[attr-defined] # where the library looks for it
    report_output.add_redaction(parser)
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write there (an existing file is replaced) instead of printing"
    )


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    output, names = arguments.output, arguments.redact_map
    if output is None and sys.stdout.isatty():
        raise InputError("a page is nothing for a terminal; give --output FILE")
    report_output.check(output, names)
    request = query_pb2.ReportRequest(
        scope=asking.scope(),
        certificates=[_certificate(file) for file in arguments.user_cert],
        redact=arguments.redact or names is not None,
    )
    with Progress(sys.stderr) as progress:
        progress.step("writing the report", 0, 0)
        page, stand_ins = _received(asking.stub.Report(request))
    report_output.write(page, output, asking.out, names=names, stand_ins=stand_ins)
    if output is not None and arguments.json:
        asking.out.json(
            {"output": str(output), "bytes": len(page), "redacted": request.redact, "stand_ins": len(stand_ins)}
        )
    elif output is not None:
        asking.out.line(plain(report_output.said(output, len(page), names, len(stand_ins))))
    return 0


def _certificate(file: Path) -> query_pb2.ReportCertificate:
    try:
        given = read(file)
    except UserCertificateError as error:
        raise InputError(plain(str(error))) from None
    report_output.told(map(plain, given.notes))
    return query_pb2.ReportCertificate(name=file.name, certificate=given.der)


def _received(answer: Iterator[query_pb2.ReportResponse]) -> tuple[bytes, dict[str, list[str]]]:
    page = bytearray()
    stand_ins: dict[str, list[str]] = {}
    try:
        for part in answer:
            page += part.part
            stand_ins |= {one.stand_in: list(one.stands_for) for one in part.stand_ins}
    except grpc.RpcError as error:
        if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.UNIMPLEMENTED:
            raise InputError(
                "what answers there makes no reports: the collector is of an earlier version, or this is not its "
                "query address (by default port 7445)"
            ) from None
        raise
    return bytes(page), stand_ins


VERB = Verb(
    name="report",
    help="one HTML page of a farm, to print and to attach to a support case",
    description=_DESCRIPTION,
    add_arguments=_arguments,
    run=_run,
)
