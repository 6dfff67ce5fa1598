"""`farmsight analyze`: captured files in, findings out; no collector, and nothing installed on servers."""

import argparse
import contextlib
import io
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import Final

from farmsight_collector.cli import report_output
from farmsight_collector.cli.analysis_output import print_analysis
from farmsight_collector.cli.findings_output import exit_code
from farmsight_collector.cli.output import Output
from farmsight_collector.cli.progress import Progress
from farmsight_collector.cli.replacing import replacing
from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.cli.verbs.findings import add_fail_on
from farmsight_collector.model.words import plain
from farmsight_collector.offline.analysis import Analysis, analysed
from farmsight_collector.offline.document import document, response
from farmsight_collector.offline.reading import EvidenceError, Request
from farmsight_wire.v1.vocabulary import ROLES

_FORMATS: Final = ("text", "json", "html")
_DESCRIPTION: Final = """\
Reads what was captured on the servers (netsh, certutil and PowerShell output in any language, exported stores, the
collection script's zip, the tenant's lists), says what is wrong, on which server and why, and what it could not look
at. Nothing is sent anywhere, nothing is kept.

PATH is a folder, a zip file or a single file. Files are known by what is in them; whose they are is told by their
names (WAP01_49443.txt) or by the folder they lie in (WAP01/...).

    farmsight analyze docs/sample-evidence
    farmsight analyze evidence/ --user-cert alice.cer --format html --output report.html
    farmsight analyze evidence/ --format html --redact --redact-map names.json --output for-support.html
    farmsight analyze WAP01.zip STS01.zip --role PROXY7=wap --json
"""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folder, zip file or file")
    parser.add_argument("--entra", action="append", default=[], type=Path, metavar="FILE", help="the tenant's answers")
    parser.add_argument(
        "--user-cert",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a user's certificate (public part): its names, usages and chain are judged too",
    )
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="NAME=ROLE",
        help=f"a server's role where its files do not tell ({', '.join(ROLES)})",
    )
    parser.add_argument("--format", choices=_FORMATS, default=None, help="text (default), json or html")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there instead of printing")
    report_output.add_redaction(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="with the reason, the remedy and the evidence")
    add_fail_on(parser)


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    request = Request(
        paths=tuple(arguments.paths),
        roles=_roles(arguments.role),
        at=asking.instant(arguments.at).astimezone(UTC) if arguments.at else None,
        tenant=tuple(arguments.entra),
        user_certificates=tuple(arguments.user_cert),
    )
    form = arguments.format or ("json" if arguments.json else "text")
    redact = arguments.redact or arguments.redact_map is not None
    if redact and form != "html":
        raise InputError("--redact is for the page: add --format html")
    report_output.check(arguments.output, arguments.redact_map)
    try:
        with (
            Progress(sys.stderr) as progress,
            analysed(request, now=asking.now, farm=arguments.farm or "", progress=progress.step) as analysis,
        ):
            if not analysis.servers:
                raise InputError(_nothing(analysis, request))
            progress.step("writing", 0, 0)
            if form == "html":
                _write_page(analysis, arguments, asking.out, progress, redact=redact)
            else:
                _write(analysis, form, arguments.output, asking.out, progress, details=arguments.verbose)
            return exit_code(response(analysis).findings, arguments.fail_on)
    except EvidenceError as error:
        raise InputError(plain(str(error))) from error


def _roles(given: list[str]) -> Mapping[str, str]:
    found = {}
    for one in given:
        name, _, role = one.partition("=")
        if not name or role not in ROLES:
            raise InputError(f"--role {one}: give NAME=ROLE, with a role of {', '.join(ROLES)}")
        found[name] = role
    return found


def _nothing(analysis: Analysis, request: Request) -> str:
    where = ", ".join(map(str, request.paths))
    shown = "; ".join(f"{one.file}: {one.reason}" for one in analysis.leftovers[:5])
    more = f" ({shown})" if shown else " (there are no files)"
    return plain(f"{where}: nothing here is evidence that farmsight reads{more}; docs/evidence.md says what is")


def _write(
    analysis: Analysis, form: str, output: Path | None, out: Output, progress: Progress, *, details: bool
) -> None:
    with _target(output, out) as target:
        if form == "json":
            told = document(analysis)
            progress.end()
            target.json(told)
        else:
            progress.end()
            print_analysis(target, analysis, details=details)


def _write_page(
    analysis: Analysis, arguments: argparse.Namespace, out: Output, progress: Progress, *, redact: bool
) -> None:
    from farmsight_collector.report.captured import source  # noqa: PLC0415 - only a page needs it
    from farmsight_collector.report.made import made  # noqa: PLC0415

    drawn = made(source(analysis), redact=redact)
    progress.end()
    report_output.write(
        drawn.page.encode("utf-8", "replace"),
        arguments.output,
        out,
        names=arguments.redact_map,
        stand_ins=dict(drawn.stand_ins.items()) if drawn.stand_ins is not None else {},
    )


@contextlib.contextmanager
def _target(output: Path | None, out: Output) -> Iterator[Output]:
    """Yield where to write; a file appears whole or not at all."""
    if output is None:
        yield out
        return
    try:
        with replacing(output) as file:
            stream = io.TextIOWrapper(file, encoding="utf-8")
            yield Output(stream)
            stream.flush()
            stream.detach()
    except OSError as error:
        raise InputError(f"cannot write {output}: {error.strerror or error}") from error


VERB = Verb(
    name="analyze",
    help="captured files in, findings out: no collector, nothing installed on servers",
    description=_DESCRIPTION,
    add_arguments=_arguments,
    run=_run,
)
