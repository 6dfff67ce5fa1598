"""`farmsight`: what people type to ask about their farm."""

import argparse
import sys
from collections.abc import Sequence

import grpc
import shtab

from farmsight_collector.cli import connection, verb
from farmsight_collector.cli.instants import InstantError
from farmsight_collector.cli.interrupts import keep_interrupts
from farmsight_collector.cli.output import Output
from farmsight_collector.cli.verbs import (
    ack,
    analyze,
    changes,
    compare,
    diff,
    explain,
    export,
    findings,
    forecast,
    history,
    maintenance,
    report,
    status,
    topology,
    trace,
    trend,
    watch,
)
from farmsight_collector.clock import SystemClock
from farmsight_collector.version import VERSION

VERBS = (
    status.VERB,
    findings.VERB,
    topology.VERB,
    compare.VERB,
    history.VERB,
    diff.VERB,
    changes.VERB,
    trend.VERB,
    forecast.VERB,
    trace.VERB,
    explain.VERB,
    watch.VERB,
    ack.VERB,
    maintenance.VERB,
    export.VERB,
    report.VERB,
    analyze.VERB,
)
_WITHOUT_COLLECTOR = ("explain", "analyze")

_DESCRIPTION = """\
Finds why certificate sign-in through AD FS and Web Application Proxy breaks,
on which server, under which account, and since when.

Start with:  farmsight status      then:  farmsight findings -v
A farm to play with:  farmsight lab up --scenario demo
"""
_EPILOG = (
    "Exit codes: 0 nothing at or above --fail-on, 1 findings at or above it, "
    "2 input or connection at fault, 130 interrupted."
)


def parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    top = argparse.ArgumentParser(
        prog="farmsight",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"farmsight {VERSION}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    for one in VERBS:
        verb.add(one, verbs)
    lab = verbs.add_parser("lab", help="a farm in a box, with faults at will", add_help=False)
    lab.set_defaults(verb=None)
    completion = verbs.add_parser("completion", help="print the completion script of a shell")
    completion.add_argument("shell", choices=shtab.SUPPORTED_SHELLS)
    completion.set_defaults(verb=None)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        if given[:1] == ["lab"]:
            from farmsight_lab.cli import main as lab_main  # noqa: PLC0415 - questions need no lab

            return lab_main(given[1:])
        top = parser()
        arguments = top.parse_args(given)
        if arguments.verb is None:
            print(shtab.complete(top, arguments.shell))
            return 0
        return _ask(arguments)
    except KeyboardInterrupt:
        return verb.INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe had enough
        sys.stderr.close()
        return 0
    except (connection.ConnectionSettingsError, InstantError, verb.InputError) as error:
        print(f"farmsight: {error}", file=sys.stderr)
        return verb.INPUT_AT_FAULT
    except OSError as error:  # a full disk behind > FILE
        print(f"farmsight: cannot write the answer: {error.strerror or error}", file=sys.stderr)
        return verb.INPUT_AT_FAULT
    except grpc.RpcError as error:
        print(f"farmsight: {_say(error)}", file=sys.stderr)
        return verb.INPUT_AT_FAULT


def _ask(arguments: argparse.Namespace) -> int:
    now, out = SystemClock().now(), Output()
    one: verb.Verb = arguments.verb
    if one.name in _WITHOUT_COLLECTOR:
        return one.run(verb.Asking(stub=None, arguments=arguments, now=now, out=out))  # type: ignore[arg-type]
    channel, stub = connection.resolve(arguments).stub()
    with channel:
        return one.run(verb.Asking(stub=stub, arguments=arguments, now=now, out=out, channel=channel))


def _say(error: grpc.RpcError) -> str:
    code = error.code() if isinstance(error, grpc.Call) else None
    detail = error.details() if isinstance(error, grpc.Call) else str(error)
    if code is grpc.StatusCode.UNAVAILABLE and "CERTIFICATE_VERIFY_FAILED" in str(detail):
        return (
            "what answers there is not the collector of this CA certificate; give its ca.crt with --ca or FARMSIGHT_CA"
        )
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return (
            "what answers there does not take questions; give the query address (by default port 7445) to --collector"
        )
    if code is grpc.StatusCode.UNAVAILABLE:
        return f"the collector does not answer ({detail}); is 'farmsight-collector serve' running there?"
    if code is grpc.StatusCode.UNAUTHENTICATED:
        return f"the collector refused the token ({detail}); give --token, or --data DIR on the collector's machine"
    return str(detail)


if __name__ == "__main__":
    keep_interrupts()
    sys.exit(main())
