"""`farmsight trace`: what becomes of one user's certificate, hop by hop, on every way into the farm."""

import argparse
import sys
from pathlib import Path
from typing import Final

import shtab

from farmsight_collector.cli.progress import Progress
from farmsight_collector.cli.trace_output import document
from farmsight_collector.cli.trace_text import exit_code, print_trace
from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.model.words import plain
from farmsight_collector.offline.user_certificate import Given, UserCertificateError, read
from farmsight_collector.signin.trace import PATHS
from farmsight_wire.v1 import query_pb2

_DESCRIPTION: Final = """\
Replays the sign-in of one user's certificate over what the collector knows: from the domain's federation through
load balancer, WAP and AD FS to the tenant, on every pair of servers that could serve the request. Each hop passes,
fails, or can't be told. The first hop that fails is the answer; it "passes" only where every hop that matters is
known to. Nothing is sent to any server: a trace of last Tuesday (--at) is as good as one of now.

FILE is the user's certificate WITHOUT its private key: .cer, .crt, .pem, .p7b, DER or base64. A file that holds a
private key (.pfx, .p12, .pvk, PEM) is refused; nothing of it is kept or sent. On the user's machine:

    certutil -user -store My                     (find the serial number)
    certutil -user -store My SERIAL user.cer     (write the public part)

    farmsight trace user.cer
    farmsight trace user.cer --path extranet -v
    farmsight trace user.cer --at 2h --json

Exit codes: 0 no failure is proven (also when something is not known: see the answer, or --fail-on unknown),
1 it fails, 2 the file or the connection was at fault, 130 interrupted.
"""
_WORST: Final = ("fails", "unknown", "never")


def _arguments(parser: argparse.ArgumentParser) -> None:
    file = parser.add_argument(
        "certificate", type=Path, metavar="FILE", help="the user's certificate, public part alone"
    )
    file.complete = shtab.FILE  # type: ignore[attr-defined] # where the library looks for it
    parser.add_argument(
        "--path",
        action="append",
        default=[],
        metavar="PATH[,PATH]",
        help=f"only these ways in: {', '.join(PATHS)} (default: all)",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="every hop, with its chains, CRLs and facts")
    parser.add_argument(
        "--fail-on",
        choices=_WORST,
        default="fails",
        help="exit with 1 when the certificate fails (default), or also when the answer is unknown, or never",
    )


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    paths = _paths(arguments.path)
    given = _given(arguments.certificate)
    request = query_pb2.TraceRequest(scope=asking.scope(), certificate=given.der, paths=paths)
    with Progress(sys.stderr) as progress:
        progress.step("tracing", 0, 0)
        response = asking.stub.Trace(request)
    _add_notes(response, given)
    if arguments.json:
        asking.out.json(document(response))
    else:
        print_trace(asking.out, response, details=arguments.verbose)
    return exit_code(response, arguments.fail_on)


def _given(path: Path) -> Given:
    try:
        return read(path)
    except UserCertificateError as error:
        raise InputError(plain(str(error))) from None


def _add_notes(response: query_pb2.TraceResponse, given: Given) -> None:
    """Say first what concerns the file."""
    told = dict.fromkeys((*given.notes, *response.notes))
    del response.notes[:]
    response.notes.extend(told)


def _paths(given: list[str]) -> list[str]:
    wanted = [word.strip().lower() for one in given for word in one.split(",")]
    unheard = [word for word in wanted if word not in PATHS]
    if unheard:
        raise InputError(f"--path: there is no '{plain(unheard[0])}'; there is {', '.join(PATHS)}")
    return list(dict.fromkeys(wanted))


VERB = Verb(
    name="trace",
    help="what becomes of one user's certificate, hop by hop",
    description=_DESCRIPTION,
    add_arguments=_arguments,
    run=_run,
)
